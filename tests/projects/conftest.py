"""Desks with the shipped mapping files or with some of a test's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from closedwon.mapping.model import Catalog
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.warehouse.transaction import open_engine
from demo.postgres import Postgres
from tests.projects.delivery_desk import Desk, open_desk

MAPPINGS = Path(__file__).parents[2] / "include" / "mappings"
PREPARED = "prepared_projects"


@pytest.fixture(scope="session")
def shipped(postgres: Postgres) -> Catalog:
    """The shipped catalog; the database `PREPARED` has its tables, so that each test need only copy it."""
    catalog = require_sound(read_catalog(MAPPINGS))
    _administer(postgres, f"CREATE DATABASE {PREPARED}")
    engine = open_engine(postgres.url(PREPARED))
    open_desk(engine, catalog)
    engine.dispose()
    return catalog


@pytest.fixture
def desk(postgres: Postgres, shipped: Catalog) -> Iterator[Desk]:
    """A desk with the mapping files, the rule and the templates that Closedwon ships, and no records."""
    name = f"desk_{uuid.uuid4().hex[:12]}"
    _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {PREPARED}")
    engine = open_engine(postgres.url(name))
    yield Desk(engine, shipped)
    engine.dispose()
    _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def write_catalog(tmp_path: Path) -> Any:
    """Writes mapping files, each given as path and text, into a folder of their own; the catalog that they make."""

    def write(**files: str) -> Catalog:
        for name, content in files.items():
            path = tmp_path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        return require_sound(read_catalog(tmp_path))

    return write


def _administer(postgres: Postgres, statement: str) -> None:
    connection = psycopg2.connect(postgres.url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
