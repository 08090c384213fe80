"""Frames on their way into Postgres: one COPY stream into a temporary table, from which one statement merges them."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pandas as pd
import psycopg2
import pyarrow as pa
import pyarrow.csv
from psycopg2 import sql
from sqlalchemy import BigInteger, Boolean, Column, Connection, DateTime, MetaData, Table
from sqlalchemy.dialects.postgresql import CHAR

from closedwon.errors import BatchRejected
from closedwon.kinds import KINDS
from closedwon.mapping.model import Mapping
from closedwon.warehouse.postgres_type import PostgresType

_CHUNK_ROWS = 10_000
"""Rows that are encoded at a time: enough to keep Postgres busy, little enough not to be felt in memory."""

_FORMAT = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
"""Quotes every text that is not null, so that NULL (nothing at all) and '' (quoted) stay apart."""


ROW, NEW_ID = "#row", "#new_id"
"""Columns of the staging table that are ours. No name in a mapping begins so: it begins with a letter."""


def staging_columns(mapping: Mapping) -> list[Column[Any]]:
    """Return what is staged of a mapping's rows: a reference is still a Salesforce id there."""
    return [
        Column("salesforce_id", CHAR(18)),
        Column("system_modstamp", DateTime(timezone=True)),
        Column("is_deleted", Boolean),
        *(Column(f.column, PostgresType(KINDS[f.type].staged_type)) for f in mapping.received),
    ]


@contextmanager
def staged(connection: Connection, columns: Sequence[Column[Any]], frames: Iterable[pd.DataFrame]) -> Iterator[Table]:
    """Yield a temporary table that holds the rows of all frames, and is gone at the end of the block.

    It has no index and no statistics: what reads it reads all of it. `ROW` numbers the rows as they come, and `NEW_ID`
    is empty. The next rows are encoded in a second thread while Postgres takes in the ones before; `frames` is consumed
    there.

    Args:
        columns: what is taken from the frames, by name.

    Raises:
        BatchRejected: Postgres cannot take in a value.
    """
    own = (Column(ROW, BigInteger), Column(NEW_ID, BigInteger))
    table = Table("#staging", MetaData(), *own, *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    table.create(connection, checkfirst=False)
    names = [column.name for column in columns]
    with closing(_one_ahead(_encode(frames, names))) as chunks:
        for chunk in chunks:
            _copy(connection, table, [ROW, *names], chunk)
    yield table
    table.drop(connection, checkfirst=False)


def _encode(frames: Iterable[pd.DataFrame], names: list[str]) -> Iterator[bytes]:
    staged_rows = 0
    for frame in frames:
        table = _without_zones(pa.Table.from_pandas(frame[names], preserve_index=False))
        numbers = pa.array(range(staged_rows, staged_rows + len(frame)), pa.int64())
        staged_rows += len(frame)
        for rows in table.add_column(0, ROW, numbers).to_batches(max_chunksize=_CHUNK_ROWS):
            buffer = io.BytesIO()
            pyarrow.csv.write_csv(rows, buffer, _FORMAT)
            yield buffer.getvalue()


def _without_zones(table: pa.Table) -> pa.Table:
    """Return the same moments in UTC: Arrow writes a time with a zone fifteen times slower than one without.

    Postgres reads them in the zone of the transaction, which `transaction` has set to UTC.
    """
    plain = [
        field.with_type(pa.timestamp(field.type.unit)) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(plain))


def _one_ahead(chunks: Iterator[bytes]) -> Generator[bytes]:
    """Yield the same chunks; the next is made in a second thread while the caller works on one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = thread.submit(next, chunks, None)
            yield chunk


def _copy(connection: Connection, table: Table, names: list[str], chunk: bytes) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        try:
            cursor.copy_expert(statement, io.BytesIO(chunk), size=1 << 20)
        except psycopg2.DataError as error:
            # Postgres quotes the value, which may be personal: what goes into the log ends before it.
            place = str(error.diag.context).split(":")[0]
            raise BatchRejected(
                f"Postgres cannot take in a value ({type(error).__name__}, {place}). Nothing of the batch "
                "is written. Correct it in Salesforce, or the type of its field in the mapping, then clear the task."
            ) from None
