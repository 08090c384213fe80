"""The benchmark of packages/localorg, which is a program of its own: run it, and take its figures over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.figures import Figure

PACKAGE = Path(__file__).resolve().parents[1] / "packages" / "localorg"


def bench_local_org() -> list[Figure]:
    """Return the figures that `python -m bench` in packages/localorg has measured."""
    subprocess.run([sys.executable, "-m", "bench"], cwd=PACKAGE, check=True, stdout=subprocess.DEVNULL)
    figures = json.loads((PACKAGE / "bench" / "out" / "results.json").read_text())
    return [Figure(**figure) for figure in figures]
