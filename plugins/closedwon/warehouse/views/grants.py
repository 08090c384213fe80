"""Grants on a view, read before it is dropped and restored on the new one."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text


class Grant(NamedTuple):
    """One privilege on a view, or on one of its columns."""

    privilege: str
    grantee: str | None
    """Role; None for PUBLIC."""
    may_pass_on: bool
    column: str | None


_GRANTS = text(
    """
    SELECT acl.privilege_type AS privilege, r.rolname AS grantee, acl.is_grantable AS may_pass_on, NULL AS column
      FROM pg_class c
      CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) acl
      LEFT JOIN pg_roles r ON r.oid = acl.grantee
     WHERE c.oid = to_regclass(:view)
     UNION ALL
    SELECT acl.privilege_type, r.rolname, acl.is_grantable, a.attname
      FROM pg_attribute a
      CROSS JOIN LATERAL aclexplode(a.attacl) acl
      LEFT JOIN pg_roles r ON r.oid = acl.grantee
     WHERE a.attrelid = to_regclass(:view) AND NOT a.attisdropped
    """
)


def read_grants(connection: Connection, view: str) -> set[Grant]:
    """Return the privileges on a view and on its columns, its owner's included."""
    return {Grant(*row) for row in connection.execute(_GRANTS, {"view": view})}


def restore_grants(connection: Connection, view: str, wanted: set[Grant]) -> None:
    """Grant exactly these privileges and revoke others; those on a column that the view no longer has are dropped.

    A new view begins with its schema's default privileges, some of which may have been revoked on the old view.
    """
    held = read_grants(connection, view)
    columns = set(
        connection.scalars(text("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:view)"), {"view": view})
    )
    for grant in sorted(held - wanted, key=repr):
        connection.exec_driver_sql(f"REVOKE {_target(connection, view, grant, 'FROM')}")
    for grant in sorted(wanted - held, key=repr):
        if grant.column is None or grant.column in columns:
            option = " WITH GRANT OPTION" if grant.may_pass_on else ""
            connection.exec_driver_sql(f"GRANT {_target(connection, view, grant, 'TO')}{option}")


def _target(connection: Connection, view: str, grant: Grant, to_or_from: str) -> str:
    quote = connection.dialect.identifier_preparer.quote
    column = f" ({quote(grant.column)})" if grant.column else ""
    role = "PUBLIC" if grant.grantee is None else quote(grant.grantee)
    return f"{grant.privilege}{column} ON {view} {to_or_from} {role}"
