"""Staging of frames in Postgres: copied by COPY into a temporary table, from which they are merged."""

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
from sqlalchemy import BigInteger, Boolean, Column, Connection, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import CHAR

from closedwon.errors import BatchRejected
from closedwon.kinds import KINDS
from closedwon.mapping.model import Mapping
from closedwon.warehouse.postgres_type import PostgresType

_CHUNK_ROWS = 10_000
"""Rows that are encoded at a time: enough to keep Postgres busy, and few enough to need little memory."""

_FORMAT = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
"""Quotes every text that is not null, so that NULL (nothing at all) and '' (quoted) stay apart."""


ROW, NEW_ID = "#row", "#new_id"
"""Columns that staging adds. A column of a mapping begins with a letter, so the names cannot clash."""


def staging_columns(mapping: Mapping) -> list[Column[Any]]:
    """Return the staging table's columns for a mapping: a reference is a Salesforce id, or the texts to look it up."""
    return [
        Column("salesforce_id", CHAR(18)),
        Column("system_modstamp", DateTime(timezone=True)),
        Column("is_deleted", Boolean),
        *(Column(f.column, PostgresType(KINDS[f.type].staged_type)) for f in mapping.converted),
        *(Column(name, Text) for name in mapping.sought_by.values()),
    ]


@contextmanager
def staged(connection: Connection, columns: Sequence[Column[Any]], frames: Iterable[pd.DataFrame]) -> Iterator[Table]:
    """Yield a temporary table with the rows of all frames; drop it at the end of the block.

    It has no index and no statistics, since each statement reads all of it. `ROW` numbers the rows in their order, and
    `NEW_ID` is empty. The next rows are encoded in a second thread while Postgres reads the ones before; `frames` is
    consumed in that thread.

    Args:
        columns: the columns to take from the frames, by name.

    Raises:
        BatchRejected: Postgres does not accept a value.
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
    """Return the same times in UTC without zone: Arrow writes a time with a zone fifteen times slower.

    Postgres reads them in the zone of the transaction, which `transaction` has set to UTC.
    """
    plain = [
        field.with_type(pa.timestamp(field.type.unit)) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(plain))


def _one_ahead(chunks: Iterator[bytes]) -> Generator[bytes]:
    """Yield the same chunks; a second thread makes the next while the caller works on one."""
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
            # Postgres quotes the value, which may be personal, so the message is cut off before it.
            place = str(error.diag.context).split(":")[0]
            raise BatchRejected(
                f"Postgres cannot take in a value ({type(error).__name__}, {place}). Nothing of the batch is written.",
                remedy="Correct it in Salesforce, or the type of its field in the mapping file: the next run of the "
                "same mode reads it again.",
            ) from None
