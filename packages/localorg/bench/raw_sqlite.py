"""The limit: the same rows through Python's SQLite and csv modules alone, without types, checks or HTTP."""

from __future__ import annotations

import csv
import sqlite3
import statistics
import time
from pathlib import Path

from bench.org_rows import COLUMNS


def open_raw(file: Path) -> sqlite3.Connection:
    """Create a table of text columns with an id and a unique key."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    columns = ", ".join(COLUMNS)
    connection.execute(f"CREATE TABLE Account (Id TEXT PRIMARY KEY, {columns}, UNIQUE (Key__c))")
    return connection


def insert_seconds(connection: sqlite3.Connection, upload: Path) -> float:
    """Return the seconds to read a CSV file and to insert and commit its rows."""
    start = time.perf_counter()
    marks = ", ".join("?" * (len(COLUMNS) + 1))
    with upload.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        connection.execute("BEGIN")
        numbered = ((f"001{number:015d}", *row) for number, row in enumerate(rows, start=connection.total_changes))
        connection.executemany(f"INSERT INTO Account VALUES ({marks})", numbered)
        connection.execute("COMMIT")
    return time.perf_counter() - start


def select_seconds(connection: sqlite3.Connection, file: Path) -> float:
    """Return the seconds to select all rows and to write them as CSV."""
    start = time.perf_counter()
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = connection.execute("SELECT * FROM Account").fetchall()
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return time.perf_counter() - start


def point_read_ms(connection: sqlite3.Connection, reads: int) -> float:
    """Return the median milliseconds of reading one row by its id."""
    taken = []
    for number in range(reads):
        start = time.perf_counter()
        connection.execute("SELECT * FROM Account WHERE Id = ?", (f"001{number:015d}",)).fetchone()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)
