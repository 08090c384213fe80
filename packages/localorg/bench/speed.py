"""The local org beside raw SQLite on the same data: it must not be what limits a measurement of the pipeline."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
from pathlib import Path

from bench.figures import Figure
from bench.org_client import OrgClient, served_org
from bench.org_rows import COLUMNS, OBJECTS, write_upload
from bench.raw_sqlite import insert_seconds, open_raw, point_read_ms, select_seconds

ROWS, FEWER_ROWS = 200_000, 50_000
JOBS = 2
REPEATS = 3
READS = 500
SOQL = f"SELECT {', '.join(COLUMNS)} FROM Account"


def measure() -> list[Figure]:
    """Return rows a second into and out of the org, milliseconds of a point read, megabytes by the size of a result."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "objects.yaml").write_text(OBJECTS, encoding="utf-8")
        uploads = [folder / f"upload_{number}.csv" for number in range(JOBS)]
        for number, upload in enumerate(uploads):
            write_upload(upload, number * (ROWS // JOBS), ROWS // JOBS)
        raw = open_raw(folder / "raw.sqlite")
        with served_org(folder / "state", folder / "objects.yaml") as org:
            figures = _ways_in(org, raw, uploads)
            figures += _ways_out(org, raw, folder / "raw.csv")
            figures += _point_reads(org, raw)
        raw.close()
    return figures


def _ways_in(org: OrgClient, raw: sqlite3.Connection, uploads: list[Path]) -> list[Figure]:
    limit = sum(insert_seconds(raw, upload) for upload in uploads)
    taken = sum(org.ingest_seconds(upload) for upload in uploads)
    return [
        Figure("raw SQLite: CSV to rows", ROWS / limit, "rows/s"),
        Figure("local org: bulk ingest", ROWS / taken, "rows/s", f"{len(COLUMNS)} columns, by HTTP"),
        Figure("local org: bulk ingest / raw SQLite", taken / limit, "x", "same rows, same run"),
    ]


def _ways_out(org: OrgClient, raw: sqlite3.Connection, file: Path) -> list[Figure]:
    limits, made, plain, packed = [], [], [], []
    few_mb = _peak_mb(org, f"{SOQL} LIMIT {FEWER_ROWS}")
    for _ in range(REPEATS):
        limits.append(select_seconds(raw, file))
        org.forget_peak()
        job, seconds = org.query_job(SOQL)
        made.append(seconds)
        plain.append(org.read_seconds(job, encoding="identity"))
        packed.append(org.read_seconds(job, encoding="gzip"))
    limit, making, reading = (statistics.median(times) for times in (limits, made, plain))
    return [
        Figure("raw SQLite: rows to CSV", ROWS / limit, "rows/s"),
        Figure("local org: bulk query job", ROWS / making, "rows/s"),
        Figure("local org: bulk results, plain", ROWS / reading, "rows/s"),
        Figure("local org: bulk results, gzip", ROWS / statistics.median(packed), "rows/s"),
        Figure("local org: job and results / raw SQLite", (making + reading) / limit, "x", "same rows, same run"),
        Figure("local org: memory, 50,000 rows", few_mb, "MB"),
        Figure("local org: memory, 200,000 rows", org.peak_mb, "MB"),
    ]


def _peak_mb(org: OrgClient, soql: str) -> float:
    org.forget_peak()
    job, _ = org.query_job(soql)
    org.read_seconds(job, encoding="gzip")
    return org.peak_mb


def _point_reads(org: OrgClient, raw: sqlite3.Connection) -> list[Figure]:
    ids = org.ids(READS)
    org.point_read_ms(ids[:20])
    taken = sorted(org.point_read_ms(ids))
    limit = point_read_ms(raw, READS)
    return [
        Figure("raw SQLite: point read", limit, "ms"),
        Figure("local org: point read, median", statistics.median(taken), "ms", "by HTTP"),
        Figure("local org: point read, 95th percentile", taken[int(len(taken) * 0.95)], "ms"),
    ]
