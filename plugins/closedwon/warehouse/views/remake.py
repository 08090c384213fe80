"""Re-creation of views whose files have changed; grants are kept, and objects that depend on a view are reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg2.errors import DependentObjectsStillExist
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from closedwon.errors import FatalError
from closedwon.warehouse.ddl import CommentOn
from closedwon.warehouse.views.grants import Grant, read_grants, restore_grants
from closedwon.warehouse.views.view_file import View

_OURS = text(
    """
    SELECT n.nspname || '.' || c.relname AS name, obj_description(c.oid, 'pg_class') AS comment
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND n.nspname || '.' || c.relname = ANY (:names)
    """
)
_TRIGGERS = text(
    """
    SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid = to_regclass(:view)
     UNION ALL
    SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = to_regclass(:view) AND rulename <> '_RETURN'
    """
)
"""Triggers and rules on a view, which DROP VIEW would drop silently."""


@dataclass(frozen=True)
class Stale:
    """A view to create, and the grants on the old one that was dropped; None if there was none."""

    view: View
    grants: set[Grant] | None


def drop_stale_views(connection: Connection, views: Iterable[View]) -> list[Stale]:
    """Drop the views that differ from their files; return these and the missing ones, to be created.

    Views are dropped before tables change, since Postgres does not alter a column that a view uses.

    Raises:
        FatalError: an object made by hand depends on one of the views; nothing has been changed.
    """
    wanted = {view.name: view for view in views}
    held = {row.name: row.comment for row in connection.execute(_OURS, {"names": list(wanted)})}
    stale = []
    for name, view in wanted.items():
        if name not in held:
            stale.append(Stale(view, None))
        elif held[name] != view.comment:
            stale.append(Stale(view, read_grants(connection, name)))
            _drop_view(connection, name)
    return stale


def make_views(connection: Connection, stale: Iterable[Stale]) -> list[str]:
    """Create the views with their comments and the grants of the dropped ones; return their names."""
    made = []
    for view, grants in ((one.view, one.grants) for one in stale):
        connection.execute(text(f"CREATE VIEW {view.name} AS {view.query}".replace(":", r"\:")))
        connection.execute(CommentOn("VIEW", view.name, view.comment))
        for column, comment in view.columns.items():
            connection.execute(CommentOn("COLUMN", f"{view.name}.{column}", comment))
        if grants is not None:
            restore_grants(connection, view.name, grants)
        made.append(view.name)
    return made


def _drop_view(connection: Connection, name: str) -> None:
    if lost := list(connection.scalars(_TRIGGERS, {"view": name})):
        raise _in_the_way(name, "; ".join(lost))
    try:
        connection.execute(text(f"DROP VIEW {name}"))
    except DBAPIError as error:
        if not isinstance(error.orig, DependentObjectsStillExist):
            raise
        raise _in_the_way(name, "; ".join(str(error.orig.diag.message_detail).splitlines())) from None


def _in_the_way(name: str, dependents: str) -> FatalError:
    return FatalError(
        f"The view {name} has to be made anew for this version of Closedwon, but Postgres would drop with it what "
        f"people have made: '{dependents}'. Nothing was changed.",
        remedy=f"Keep the definition of each, drop them (or run DROP VIEW {name} CASCADE, which drops them all), clear "
        "the task and those after it, and make them again on the new view.",
    )
