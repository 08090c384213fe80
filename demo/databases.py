"""The two databases on one Postgres server: Airflow's own and the warehouse."""

from __future__ import annotations

import shlex
import shutil
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2 import errors, sql
from sqlalchemy import URL, Engine, create_engine, make_url

from demo.postgres import INSTALLED
from demo.state import write_private

MADE_BY = "Closedwon demo: schema of Airflow {version}"
"""The comment on Airflow's database, which tells the next start that `airflow db migrate` (8 s) has nothing to do."""


class DatabaseMissing(RuntimeError):
    """A database is missing and this user may not make it, or the server is out of reach."""


def prepare_database(server: str, name: str) -> str:
    """Create database `name` on the server of the address `server` if it is missing, and return its address.

    Raises:
        DatabaseMissing: it is missing and may not be made, or the server cannot be reached.
    """
    address = make_url(server).set(drivername="postgresql")
    try:
        with closing(psycopg2.connect(_text(address))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except errors.InsufficientPrivilege as error:
        raise DatabaseMissing(
            f"There is no database '{name}' on {address.host}, and user '{address.username}' may not make it"
            f' ({str(error).strip()}). Make it yourself: CREATE DATABASE "{name}" OWNER "{address.username}";'
        ) from error
    except psycopg2.OperationalError as error:
        raise DatabaseMissing(
            f"The Postgres server '{address.host}:{address.port or 5432}' did not let us in: {str(error).strip()}."
            " Correct DATABASE_URL, or unset it to use the embedded Postgres."
        ) from error
    return _text(address.set(database=name))


def open_database(address: str) -> Engine:
    """Return an engine for the database, by psycopg2: without a driver in the address SQLAlchemy would take another."""
    return create_engine(make_url(address).set(drivername="postgresql+psycopg2"))


def is_migrated(database_url: str, airflow_version: str) -> bool:
    """Return whether the database holds the tables of this very version of Airflow."""
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_database WHERE datname = current_database()"
            " AND shobj_description(oid, 'pg_database') = %s AND to_regclass('alembic_version') IS NOT NULL",
            (MADE_BY.format(version=airflow_version),),
        )
        return cursor.fetchone() is not None


def note_migrated(database_url: str, airflow_version: str) -> None:
    """Write into the database's comment which version's tables it holds, so that it is lost only with the database."""
    name = sql.Identifier(make_url(database_url).database or "")
    with closing(psycopg2.connect(database_url)) as connection, connection, connection.cursor() as cursor:
        note = MADE_BY.format(version=airflow_version)
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS %s").format(name), (note,))


def psql_line(database_url: str, passwords: Path) -> str:
    """Return a shell command that opens the database; its password goes into the file `passwords` instead."""
    address = make_url(database_url)
    password = str(address.password or "").replace("\\", r"\\").replace(":", r"\:")
    write_private(passwords, f"*:*:*:*:{password}\n")
    installed = INSTALLED / "bin" / "psql"  # of the server's own version
    psql = str(installed) if installed.is_file() else shutil.which("psql") or "psql"
    place = _text(URL.create("postgresql", address.username, None, *address[3:]))
    return f"PGPASSFILE={shlex.quote(str(passwords))} {shlex.quote(psql)} {shlex.quote(place)}"


def _text(address: URL) -> str:
    return address.render_as_string(hide_password=False)
