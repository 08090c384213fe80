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
from sqlalchemy import Column, Connection, MetaData, Table, Text

from closedwon.errors import BatchRejected

_CHUNK_ROWS = 10_000
"""Rows that are encoded at a time: enough to keep Postgres busy, little enough not to be felt in memory."""

_FORMAT = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
"""Quotes every text that is not null, so that NULL (nothing at all) and '' (quoted) stay apart."""


@contextmanager
def staged(
    connection: Connection, columns: Sequence[Column[Any]], frames: Iterable[pd.DataFrame], *extra: Column[Any]
) -> Iterator[Table]:
    """A temporary table that holds the rows of all frames, and is gone at the end of the block.

    It has no index and no statistics: what reads it reads all of it. Its system column `ctid` tells equal rows apart.
    The next rows are encoded in a second thread while Postgres takes in the ones before; `frames` is consumed there.

    Args:
        columns: what is taken from the frames, by name.
        extra: further columns of the table, empty at first.

    Raises:
        BatchRejected: Postgres cannot take in a value.
    """
    place = Column("ctid", Text, system=True)
    table = Table("staging", MetaData(), *columns, *extra, place, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    table.create(connection, checkfirst=False)
    names = [column.name for column in columns]
    with closing(_one_ahead(_encode(frames, names))) as chunks:
        for chunk in chunks:
            _copy(connection, table, names, chunk)
    yield table
    table.drop(connection, checkfirst=False)


def _encode(frames: Iterable[pd.DataFrame], names: list[str]) -> Iterator[bytes]:
    for frame in frames:
        table = _without_zones(pa.Table.from_pandas(frame[names], preserve_index=False))
        for rows in table.to_batches(max_chunksize=_CHUNK_ROWS):
            buffer = io.BytesIO()
            pyarrow.csv.write_csv(rows, buffer, _FORMAT)
            yield buffer.getvalue()


def _without_zones(table: pa.Table) -> pa.Table:
    """The same moments, in UTC: Arrow writes a time with a zone fifteen times slower than one without.

    Postgres reads them in the zone of the transaction, which `transaction` has set to UTC.
    """
    plain = [
        field.with_type(pa.timestamp(field.type.unit)) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(plain))


def _one_ahead(chunks: Iterator[bytes]) -> Generator[bytes]:
    """The same chunks; the next is made in a second thread while the caller works on one."""
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
