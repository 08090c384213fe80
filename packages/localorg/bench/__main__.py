"""Measure the local org: `python -m bench` in packages/localorg; the figures go to `bench/out/results.json`."""

from __future__ import annotations

from bench.figures import keep
from bench.speed import measure


def main() -> None:
    """Print one figure a line, and keep them."""
    figures = measure()
    print(*figures, sep="\n", flush=True)
    keep(figures)


if __name__ == "__main__":
    main()
