"""The SQLite file behind the org: connections, transactions, tables, and definitions added later.

WAL, so that readers see one consistent state and never wait for a writer; one lock, so that writers never meet.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    FromClause,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateColumn

from localorg.formulas.sqlite_functions import install
from localorg.schema.model import SObject
from localorg.storage.case_folding import fold
from localorg.storage.tables import to_statements, to_table

_DIALECT = sqlite_dialect()
_OWN = MetaData()
KEY_PREFIX = Table(
    "_key_prefix", _OWN, Column("sobject", String, primary_key=True), Column("prefix", String, unique=True)
)
LEARNED = Table(
    "_learned",
    _OWN,
    Column("position", Integer, primary_key=True),
    Column("sobject", String, nullable=False),
    Column("definition", String, nullable=False),
)


class Store:
    """One SQLite file. Without a path, a temporary file that is removed with the store."""

    def __init__(self, database: Path | None) -> None:
        self._folder = None if database else tempfile.TemporaryDirectory(prefix="localorg-", ignore_cleanup_errors=True)
        path = database or Path(self._folder.name if self._folder else "") / "org.sqlite"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args={"check_same_thread": False, "timeout": 30},
            pool_size=16,
            max_overflow=-1,
        )
        event.listen(self.engine, "connect", _prepare_connection)
        event.listen(self.engine, "begin", _begin)
        self._lock = threading.RLock()
        self._writer: Connection | None = None
        self._writer_thread = 0
        self._tables: dict[str, Table] = {}
        self._aliases: dict[tuple[Table, int], FromClause] = {}
        with self.writing() as connection:
            _OWN.create_all(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection on a snapshot of the data; within a transaction of the same thread, yield that one."""
        if self._writer is not None and self._writer_thread == threading.get_ident():
            yield self._writer
            return
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction, the only one in the process; inside another one of the same thread, a savepoint of it."""
        with self._lock:
            if self._writer is not None:
                with _savepoint(self._writer):
                    yield self._writer
                return
            with self.engine.begin() as connection:
                self._writer_thread, self._writer = threading.get_ident(), connection
                try:
                    yield connection
                finally:
                    self._writer = None

    def table(self, sobject: SObject) -> Table:
        """Return the table of an object as it was last prepared."""
        return self._tables[sobject.name]

    def alias(self, sobject: SObject, number: int) -> FromClause:
        """Return the table for its `number`-th use in one query, from 0: first itself, then under other names.

        Kept, because an alias of a table with many columns takes longer to make than a query to run.
        """
        table = self.table(sobject)
        if number == 0:
            return table
        key = (table, number)
        if key not in self._aliases:
            self._aliases[key] = table.alias(f"{table.name}#{number}")
        return self._aliases[key]

    def prepare(self, connection: Connection, sobject: SObject) -> None:
        """Create the object's table, or the columns and indexes that it lacks."""
        table = to_table(sobject)
        inspector = inspect(connection)
        if inspector.has_table(table.name):
            _add_columns(connection, table, {column["name"] for column in inspector.get_columns(table.name)})
        else:
            for statement in to_statements(table, _DIALECT):
                connection.exec_driver_sql(statement)
        self._tables[sobject.name] = table

    def key_prefixes(self, connection: Connection) -> dict[str, str]:
        """Return the key prefixes that custom objects were given, by object; they stay, as ids carry them."""
        return {row.sobject: row.prefix for row in connection.execute(select(KEY_PREFIX))}

    def remember_key_prefix(self, connection: Connection, sobject: str, prefix: str) -> None:
        connection.execute(insert(KEY_PREFIX).values(sobject=sobject, prefix=prefix))

    def learned(self, connection: Connection) -> list[tuple[str, dict[str, Any]]]:
        """Return the definitions that were added later, in order: object, and definition as in YAML."""
        rows = connection.execute(select(LEARNED).order_by(LEARNED.c.position))
        return [(row.sobject, json.loads(row.definition)) for row in rows]

    def remember_learned(self, connection: Connection, sobject: str, definition: dict[str, Any]) -> None:
        connection.execute(insert(LEARNED).values(sobject=sobject, definition=json.dumps(definition)))

    def close(self) -> None:
        """Close all connections, and removes the file where it was the store's own."""
        self.engine.dispose()
        if self._folder is not None:
            self._folder.cleanup()


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    """Open a savepoint; `begin_nested` would compile its statements each time."""
    connection.exec_driver_sql("SAVEPOINT inner_writing")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT inner_writing")
        raise
    finally:
        connection.exec_driver_sql("RELEASE SAVEPOINT inner_writing")


def _add_columns(connection: Connection, table: Table, existing: set[str]) -> None:
    prepare = connection.dialect.identifier_preparer
    for column in table.columns:
        if column.name not in existing:
            definition = CreateColumn(column).compile(connection)
            connection.exec_driver_sql(f"ALTER TABLE {prepare.format_table(table)} ADD COLUMN {definition}")
    for index in table.indexes:
        index.create(connection, checkfirst=True)


def _prepare_connection(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, but not before reads: each read would see another state.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    # Each checkpoint waits for the disk: not every 4 MB, as is usual, but every 40.
    connection.execute("PRAGMA wal_autocheckpoint = 10000")
    connection.create_function("fold", 1, fold, deterministic=True)
    install(connection)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
