"""The queries of the inbound side, as text: names come from mapping files, values are quoted by simple_salesforce."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote_plus

from simple_salesforce.format import format_soql

from closedwon.ids import to_id18
from closedwon.mapping.model import Mapping
from closedwon.window import Window

LONGEST_REST_QUERY = 12_000
"""Bytes of a query as it stands in an address. Address and headers may have 16,384, and access tokens are long."""

_BYTES_PER_ID = len(quote_plus("'',")) + 18


def window_query(mapping: Mapping, window: Window) -> str:
    """The query for all records of the window; it has no order, which would make a bulk query slow."""
    return _select(mapping) + _where(start=window.start, end=window.end)


def ids_queries(mapping: Mapping, ids: Iterable[str]) -> list[str]:
    """The queries for these records, each short enough for an address; none for no ids."""
    select = _select(mapping)
    wanted = sorted({to_id18(record_id) for record_id in ids})
    per_query = max(1, (LONGEST_REST_QUERY - len(quote_plus(select))) // _BYTES_PER_ID)
    return [
        select + format_soql(" WHERE Id IN {ids}", ids=wanted[first : first + per_query])
        for first in range(0, len(wanted), per_query)
    ]


def change_query(sobject: str, start: datetime | None) -> str:
    """The query for the number of records that changed since `start`, and for the stamp of the newest."""
    return f"SELECT COUNT(Id), MAX(SystemModstamp) FROM {sobject}" + _where(start=start, end=None)  # noqa: S608


def selected_fields(soql: str) -> list[str]:
    """The fields that one of these queries selects, as they are written in it."""
    return soql.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")


def queried_object(soql: str) -> str:
    """The object that one of these queries asks for."""
    return soql.partition(" FROM ")[2].partition(" ")[0]


def _select(mapping: Mapping) -> str:
    once: dict[str, str] = {}
    for name in mapping.selected:
        # Salesforce refuses a field that is selected twice, in whatever case.
        once.setdefault(name.lower(), name)
    return f"SELECT {', '.join(once.values())} FROM {mapping.sobject}"  # noqa: S608


def _where(*, start: datetime | None, end: datetime | None) -> str:
    bounds = []
    if start is not None:
        bounds.append(format_soql("SystemModstamp >= {start}", start=start))
    if end is not None:
        bounds.append(format_soql("SystemModstamp < {end}", end=end))
    return f" WHERE {' AND '.join(bounds)}" if bounds else ""
