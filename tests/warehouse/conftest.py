"""A prepared warehouse, and the means to load into it and to look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from crm_rows import ACCOUNTS, CATALOG
from sqlalchemy import Engine, text

from closedwon.mapping.model import Mapping
from closedwon.warehouse.load import Loaded, load_rows
from closedwon.warehouse.schema import prepare_warehouse
from closedwon.warehouse.transaction import transaction


@pytest.fixture
def warehouse(engine: Engine) -> Engine:
    with transaction(engine) as connection:
        prepare_warehouse(connection, CATALOG)
    return engine


@pytest.fixture
def load(warehouse: Engine) -> Callable[..., Loaded]:
    """Loads frames in a transaction of its own."""

    def run(*frames: pd.DataFrame, mapping: Mapping = ACCOUNTS) -> Loaded:
        with transaction(warehouse) as connection:
            return load_rows(connection, mapping, frames)

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
