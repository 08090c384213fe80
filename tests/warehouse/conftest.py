"""A prepared warehouse, and the means to load into it and to look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from crm_rows import ACCOUNTS, CATALOG, CONTACTS
from sqlalchemy import Engine, create_engine, text

from closedwon.mapping.model import Mapping
from closedwon.warehouse.load.load_rows import Loaded, load_rows
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.prepare import prepare_warehouse, table_of
from closedwon.warehouse.state.mapping_names import record_mappings
from closedwon.warehouse.transaction import open_engine, transaction
from demo.postgres import Postgres


@pytest.fixture(scope="session")
def prepared(postgres: Postgres) -> Iterator[Engine]:
    with create_engine(postgres.url()).connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
        admin.execute(text("CREATE DATABASE warehouse"))
    engine = open_engine(postgres.url("warehouse"))
    with transaction(engine) as connection:
        prepare_warehouse(connection, CATALOG)
    yield engine
    engine.dispose()


@pytest.fixture
def warehouse(prepared: Engine) -> Engine:
    """A prepared warehouse without rows; one database for all tests, as to make one costs more than most tests do."""
    with transaction(prepared) as connection:
        for table in (table_of(CONTACTS), table_of(ACCOUNTS), *reversed(METADATA.sorted_tables)):
            connection.execute(table.delete())
        record_mappings(connection, CATALOG)
    return prepared


@pytest.fixture
def load(warehouse: Engine) -> Callable[..., Loaded]:
    """Loads frames in a transaction of its own."""

    def run(*frames: pd.DataFrame, mapping: Mapping = ACCOUNTS, is_latest: bool = True) -> Loaded:
        with transaction(warehouse) as connection:
            return load_rows(connection, mapping, frames, is_latest=is_latest)

    return run


@pytest.fixture
def ask(warehouse: Engine) -> Callable[..., list[Any]]:
    """The rows of a query; single values where it has one column."""

    def run(query: str, **values: object) -> list[Any]:
        with transaction(warehouse) as connection:
            rows = connection.execute(text(query), values)
            return list(rows.scalars()) if len(rows.keys()) == 1 else [tuple(row) for row in rows]

    return run


@pytest.fixture
def do(warehouse: Engine) -> Callable[..., None]:
    """Runs a statement as a person with a SQL client would."""

    def run(statement: str, **values: object) -> None:
        with transaction(warehouse) as connection:
            connection.execute(text(statement), values)

    return run
