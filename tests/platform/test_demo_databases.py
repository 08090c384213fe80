from __future__ import annotations

import stat
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import Engine, text

from demo.databases import DatabaseMissing, is_migrated, note_migrated, prepare_database, psql_line
from demo.postgres import Postgres


@pytest.fixture
def new_name(postgres: Postgres) -> Iterator[str]:
    """A name of which there is no database; one that a test makes is dropped."""
    name = f"made {uuid.uuid4().hex[:8]}"
    yield name
    with closing(psycopg2.connect(postgres.url())) as admin:
        admin.autocommit = True
        admin.cursor().execute(f'DROP DATABASE IF EXISTS "{name}"')


@pytest.fixture
def powerless(engine: Engine) -> Iterator[str]:
    """A user who may log in and nothing more."""
    name = f"powerless_{uuid.uuid4().hex[:8]}"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN"))
    yield name
    with engine.begin() as connection:
        connection.execute(text(f"DROP ROLE {name}"))


def test_a_missing_database_is_made_and_one_that_is_there_is_kept(postgres: Postgres, new_name: str) -> None:
    url = prepare_database(postgres.url(), new_name)
    with closing(psycopg2.connect(url)) as connection, connection:
        connection.cursor().execute("CREATE TABLE kept ()")

    assert prepare_database(postgres.url(), new_name) == url
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('kept') IS NOT NULL")
        assert cursor.fetchone() == (True,)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg2", "postgresql+asyncpg"])
def test_an_address_may_be_written_for_any_driver(database_url: str, scheme: str) -> None:
    address = database_url.replace("postgresql", scheme, 1)

    assert prepare_database(address, database_url.rpartition("/")[2]) == database_url


def test_a_user_who_may_make_no_database_gets_an_error_that_names_it(database_url: str, powerless: str) -> None:
    address = database_url.replace("postgres@", f"{powerless}@")

    with pytest.raises(DatabaseMissing, match=rf'CREATE DATABASE "warehouse_x" OWNER "{powerless}"'):
        prepare_database(address, "warehouse_x")


def test_a_server_out_of_reach_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseMissing, match=r"'127\.0\.0\.1:1' did not let us in") as caught:
        prepare_database("postgresql://me:secret@127.0.0.1:1/postgres", "warehouse")
    assert "secret" not in str(caught.value)


def test_only_a_database_with_the_tables_of_this_version_needs_no_migration(database_url: str, engine: Engine) -> None:
    assert not is_migrated(database_url, "3.3.2")
    note_migrated(database_url, "3.3.2")
    assert not is_migrated(database_url, "3.3.2")

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))

    assert is_migrated(database_url, "3.3.2")
    assert not is_migrated(database_url, "3.4.0")


def test_the_psql_line_names_a_private_file_and_no_password(tmp_path: Path) -> None:
    line = psql_line("postgresql://me:se:cr\\et@127.0.0.1:5433/warehouse?sslmode=disable", tmp_path / "my pass")

    assert "cr" not in line.split("psql", 1)[1]
    assert line.startswith(f"PGPASSFILE='{tmp_path}/my pass' ")
    assert line.endswith("'postgresql://me@127.0.0.1:5433/warehouse?sslmode=disable'")
    assert (tmp_path / "my pass").read_text() == "*:*:*:*:se\\:cr\\\\et\n"
    assert stat.S_IMODE((tmp_path / "my pass").stat().st_mode) == 0o600
