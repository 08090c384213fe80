"""Runs every benchmark, prints one figure a line, and writes them to `bench/out/results.json`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bench.airflow_runs import bench_runs
from bench.figures import Figure, keep
from bench.load import bench_load
from bench.local_org import bench_local_org
from demo.ports import choose_ports
from demo.postgres import start_postgres


def main() -> None:
    """Run the benchmarks one after the other, as they would disturb each other, and keep the figures."""
    figures: list[Figure] = []
    folder = Path(tempfile.mkdtemp(prefix="closedwon-bench-"))
    folder.chmod(0o755)
    server = start_postgres(folder / "postgres", choose_ports({"postgres": 0})["postgres"])
    try:
        _show(bench_load(server), figures)
    finally:
        server.stop()
        shutil.rmtree(folder)
    _show(bench_local_org(), figures)
    _show(bench_runs(), figures)
    keep(figures)


def _show(measured: list[Figure], figures: list[Figure]) -> None:
    figures += measured
    print(*measured, sep="\n", flush=True)


if __name__ == "__main__":
    main()
