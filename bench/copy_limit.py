"""The limit: COPY of the same rows, as ready-made CSV bytes, into a table of the same columns with a primary key."""

from __future__ import annotations

import io
import time

import psycopg2
import pyarrow as pa
from psycopg2 import sql
from pyarrow import csv

from closedwon.flows.steps.batches import Batches
from closedwon.mapping.model import Mapping
from closedwon.transform.pages import read_page
from closedwon.transform.rows import to_rows


def ready_made_csv(mapping: Mapping, batches: Batches) -> bytes:
    """Return all rows of the batches as one CSV text, encoded before the clock starts."""
    parts = []
    for number in batches.page_numbers():
        rows, _ = to_rows(read_page(batches.read_page(number)), mapping)
        sink = pa.BufferOutputStream()
        table = pa.Table.from_pandas(rows, preserve_index=False)
        csv.write_csv(table, sink, csv.WriteOptions(include_header=False, quoting_style="needed"))
        parts.append(sink.getvalue().to_pybytes())
    return b"".join(parts)


def copy_seconds(database_url: str, mapping: Mapping, data: bytes) -> float:
    """Return the seconds of one COPY with its commit into a new table."""
    columns = [("salesforce_id", "char(18) PRIMARY KEY"), ("system_modstamp", "timestamptz"), ("is_deleted", "boolean")]
    columns += [(field.column, field.kind.staged_type) for field in mapping.received]
    body = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns)
    connection = psycopg2.connect(database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS copy_limit")
            cursor.execute(sql.SQL("CREATE TABLE copy_limit ({})").format(body))
        start = time.perf_counter()
        with connection, connection.cursor() as cursor:
            cursor.copy_expert("COPY copy_limit FROM STDIN (FORMAT csv, NULL '')", io.BytesIO(data), size=1 << 20)
        connection.commit()
        return time.perf_counter() - start
    finally:
        connection.close()
