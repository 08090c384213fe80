"""200,000 accounts of 25 columns, from staged pages to committed rows, beside a raw COPY of the same rows."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.accounts import account_pages
from bench.copy_limit import copy_seconds, ready_made_csv
from bench.figures import Figure
from bench.whole_way import bench_catalog
from closedwon.flows.steps.batches import Batches
from demo.databases import prepare_database
from demo.postgres import Postgres

ROWS = 200_000
REPEATS = 3


def bench_load(server: Postgres) -> list[Figure]:
    """Return seconds and rows a second of the whole way, its ratio to a raw COPY, its peak memory; medians of three."""
    _, mapping = bench_catalog()
    ways, copies = [], []
    with tempfile.TemporaryDirectory() as folder:
        batches = Batches(Path(folder) / "batches")
        batches.empty("pages")
        for number, (data, _) in enumerate(account_pages(mapping, ROWS), start=1):
            batches.write_page(number, data)
        ready = ready_made_csv(mapping, batches)
        for repeat in range(REPEATS):
            url = prepare_database(server.url(), f"bench_{repeat}")
            copies.append(copy_seconds(url, mapping, ready))
            ways.append(_whole_way(url, Path(folder) / "batches"))
    copy_s = statistics.median(copies)
    totals = [way["transform_s"] + way["expectations_s"] + way["load_s"] for way in ways]
    ratio = statistics.median(total / copy for total, copy in zip(totals, copies, strict=True))
    return [
        Figure("raw COPY of the rows", copy_s, "s"),
        *(
            Figure(f"whole way: {name}", statistics.median(way[f"{name}_s"] for way in ways), "s")
            for name in ("transform", "expectations", "load")
        ),
        Figure("whole way", ROWS / statistics.median(totals), "rows/s"),
        Figure("whole way / raw COPY", ratio, "x", "raw COPY of the same rows, same run"),
        Figure("whole way: peak memory", max(way["peak_mb"] for way in ways), "MB"),
    ]


def _whole_way(database_url: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.whole_way", database_url, str(folder), str(ROWS)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))
