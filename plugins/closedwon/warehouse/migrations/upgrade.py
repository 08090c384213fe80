"""Upgrade of schemas `sync` and `delivery` to the newest revision."""

from __future__ import annotations

from pathlib import Path

from psycopg2.errors import DependentObjectsStillExist, DuplicateTable
from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.exc import DBAPIError

from closedwon.errors import FatalError
from closedwon.warehouse.ddl import CommentOn

FOLDER = Path(__file__).parent
RELEASE_0_1_0 = "v0001_release_0_1_0"
"""Revision of a warehouse that has our tables but no record of its revision."""

_REVISION = table("alembic_version", column("version_num"), schema="sync")


def revisions() -> list[str]:
    """Return the names of all revisions, the oldest first; names begin with a number."""
    return sorted(path.stem for path in (FOLDER / "versions").glob("v*.py"))


def upgrade_tables(connection: Connection) -> list[str]:
    """Apply the revisions that the warehouse lacks, in the caller's transaction; return their names.

    If it lacks none, Alembic is not imported, since the import takes longer than the rest of a run without changes.

    Raises:
        FatalError: a newer version of Closedwon upgraded the warehouse, an object made by hand depends on a table, or
            has the name of one.
    """
    known, held = revisions(), find_revision(connection)
    if held == known[-1]:
        return []
    if held is not None and held not in known:
        raise FatalError(
            f"The warehouse is at revision '{held}' (sync.alembic_version), which this version of Closedwon does not "
            f"know: its newest is '{known[-1]}'. A newer version has upgraded the warehouse, and an older one could "
            "write what that one misreads. Nothing was changed. Install the newer version."
        )
    try:
        _run_alembic(connection, held)
    except DBAPIError as error:
        if isinstance(error.orig, DependentObjectsStillExist):
            raise _in_the_way(known[-1], error.orig) from None
        if isinstance(error.orig, DuplicateTable):
            raise _name_is_taken(known[-1], error.orig) from None
        raise
    return known[known.index(held) + 1 :] if held else known


def find_revision(connection: Connection) -> str | None:
    """Return the revision that the warehouse is at; None for one without our tables."""
    has_record, has_tables = connection.execute(
        select(
            func.to_regclass("sync.alembic_version").is_not(None),
            func.to_regclass("sync.watermark").is_not(None),
        )
    ).one()
    if has_record:
        return connection.scalar(select(_REVISION.c.version_num))
    return RELEASE_0_1_0 if has_tables else None


def _in_the_way(revision: str, cause: DependentObjectsStillExist) -> FatalError:
    return FatalError(
        f"The revision '{revision}' drops what something that people have made depends on: "
        f"'{'; '.join(str(cause.diag.message_detail).splitlines())}'. Nothing was changed.",
        remedy="Keep the definition of each, drop them, clear the task and those after it, and make them again on what "
        "CHANGELOG.md names in its place.",
    )


def _name_is_taken(revision: str, cause: DuplicateTable) -> FatalError:
    return FatalError(
        f"The upgrade to the revision '{revision}' makes tables, and one of their names is taken by what people have "
        f"made: '{cause.diag.message_primary}'. Nothing was changed.",
        remedy="Rename theirs (ALTER TABLE ... RENAME TO ...), and clear the task and those after it.",
    )


def _run_alembic(connection: Connection, held: str | None) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    if held == RELEASE_0_1_0:
        command.stamp(config, held)
    command.upgrade(config, "head")
    connection.execute(CommentOn("TABLE", "sync.alembic_version", "Revision of our own tables, kept by Alembic."))
    connection.execute(CommentOn("COLUMN", "sync.alembic_version.version_num", "Name of the revision."))
