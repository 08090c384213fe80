"""Texts as people compare them: without outer blanks and case, in any alphabet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, collate, column, func, literal, select, table

_BLANKS = " \t\r\n\v\f\u00a0"

_FOLDING = ("pg_c_utf8", "und-x-icu", "default")
"""Collations whose `lower` is applied, the first that the server has: in a database with locale C, the default one
would leave É as it is. The first is of Postgres 17 and later; a server without ICU lacks the second."""


def find_collation(connection: Connection) -> str:
    """Return the collation in which letters are made small."""
    known = table("pg_collation", column("collname"), column("collencoding"), schema="pg_catalog").c
    encoding = func.pg_char_to_encoding(func.getdatabaseencoding())
    found: Iterable[str] = connection.scalars(
        select(known.collname).where(known.collname.in_(_FOLDING), known.collencoding.in_([-1, encoding]))
    )
    return min(found, key=_FOLDING.index)


def fold(value: ColumnElement[Any], collation: str) -> ColumnElement[str]:
    """Return the text that is compared, null where nothing is left of it."""
    trimmed: ColumnElement[str] = func.btrim(cast(value, Text), literal(_BLANKS))
    return func.nullif(func.lower(collate(trimmed, collation)), "")
