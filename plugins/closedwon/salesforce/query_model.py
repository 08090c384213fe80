"""Queries as data: an object, its selected fields and conditions, turned into SOQL when they are sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote_plus

from simple_salesforce.format import format_soql

from closedwon.ids import to_id18
from closedwon.mapping.model import Mapping
from closedwon.window import Window

LONGEST_IN_ADDRESS = 12_000
"""Bytes of a URL-encoded query. URL and headers together may have 16,384, and access tokens are long."""

LONGEST_QUERY = 100_000
"""Characters that Salesforce accepts in one query, by any API."""

MOST_LISTED = 2_000
"""Records that a probe lists of one object: those of one page, so that it leaves no cursor open in the org."""

_BEFORE_ANY_RECORD = datetime(1970, 1, 1, tzinfo=UTC)
_BYTES_PER_ID = len(quote_plus("'',")) + 18


@dataclass(frozen=True)
class Condition:
    """One comparison; a query joins its conditions by AND."""

    field: str
    operator: Literal[">=", ">", "<", "IN"]
    value: datetime | str | tuple[str | int | float, ...]

    def to_soql(self) -> str:
        """Return the comparison as SOQL, its value quoted by simple_salesforce, which leaves numbers bare."""
        value: str = format_soql("{value}", value=self.value)
        return f"{self.field} {self.operator} {value}"


@dataclass(frozen=True)
class Query:
    """A query of one object."""

    sobject: str
    fields: tuple[str, ...]
    """Salesforce fields, paths to a parent's field such as Owner.Email, or aggregates such as COUNT(Id)."""
    conditions: tuple[Condition, ...] = ()
    where: str | None = None
    """A further condition in SOQL, as a mapping file has it."""
    newest: int | None = None
    """Number of records to return, those with the latest SystemModstamp first. None for all in any order, as an ORDER
    BY would make a bulk query slow."""

    def to_soql(self) -> str:
        """Return the query as SOQL."""
        soql = f"SELECT {', '.join(self.fields)} FROM {self.sobject}"  # noqa: S608 (names come from mapping files)
        conditions = [condition.to_soql() for condition in self.conditions]
        if self.where is not None:
            conditions.append(f"({self.where})")
        if conditions:
            soql += " WHERE " + " AND ".join(conditions)
        if self.newest is not None:
            soql += f" ORDER BY SystemModstamp DESC LIMIT {self.newest}"
        return soql

    @property
    def fits_address(self) -> bool:
        """Return whether the query is short enough for the URL of a REST call; Bulk API 2.0 sends it in the body."""
        return self.address_bytes <= LONGEST_IN_ADDRESS

    @property
    def address_bytes(self) -> int:
        """Return the length of the URL-encoded query in bytes."""
        return len(quote_plus(self.to_soql()))


def window_query(mapping: Mapping, window: Window) -> Query:
    """Return the query for all records of the window that the mapping receives."""
    within = tuple(_within(start=window.start, end=window.end))
    return Query(mapping.sobject, _selected(mapping), within, mapping.where)


def ids_queries(mapping: Mapping, ids: Iterable[str], before: datetime | None = None) -> list[Query]:
    """Return the queries for those of these records that the mapping receives; none for no ids.

    Each is short enough for a URL, unless its fields alone are too long for one.

    Args:
        before: leave out the records with this SystemModstamp or a later one; None for all.
    """
    within = tuple(_within(start=None, end=before))
    return _split_by_ids(Query(mapping.sobject, _selected(mapping), within, mapping.where), ids)


def version_query(mapping: Mapping, window: Window) -> Query:
    """Return the query for the versions of all records of the window, whether or not the mapping receives them."""
    return Query(mapping.sobject, mapping.stamped, tuple(_within(start=window.start, end=window.end)))


def version_queries(mapping: Mapping, ids: Iterable[str], before: datetime) -> list[Query]:
    """Return the queries for the versions of these records, whether or not the mapping receives them."""
    return _split_by_ids(Query(mapping.sobject, mapping.stamped, tuple(_within(start=None, end=before))), ids)


def condition_query(mapping: Mapping) -> Query:
    """Return a query that finds no record, and that the org refuses if it refuses the mapping's condition."""
    return Query(mapping.sobject, ("Id",), tuple(_within(start=None, end=_BEFORE_ANY_RECORD)), mapping.where)


def presence_queries(mapping: Mapping, ids: Iterable[str]) -> list[Query]:
    """Return the queries for the ids of those of these records that the org has, each short enough for a URL."""
    return _split_by_ids(Query(mapping.sobject, ("Id",)), ids)


def change_query(sobject: str, start: datetime | None, where: str | None = None) -> Query:
    """Return the query for what changed since `start`: id and SystemModstamp of the newest records.

    Without a start it asks for the number of all records and the SystemModstamp of the newest.
    """
    if start is None:
        return Query(sobject, ("COUNT(Id)", "MAX(SystemModstamp)"), where=where)
    return Query(sobject, ("Id", "SystemModstamp"), tuple(_within(start=start, end=None)), where, MOST_LISTED)


def _selected(mapping: Mapping) -> tuple[str, ...]:
    once: dict[str, str] = {}
    for name in mapping.selected:
        # Salesforce refuses a field that is selected twice, in whatever case.
        once.setdefault(name.lower(), name)
    return tuple(once.values())


def _within(*, start: datetime | None, end: datetime | None) -> Iterator[Condition]:
    if start is not None:
        yield Condition("SystemModstamp", ">=", start)
    if end is not None:
        yield Condition("SystemModstamp", "<", end)


def _split_by_ids(query: Query, ids: Iterable[str]) -> list[Query]:
    wanted = sorted({to_id18(record_id) for record_id in ids})
    per_query = _ids_per_query(query)
    return [_with_ids(query, wanted[first : first + per_query]) for first in range(0, len(wanted), per_query)]


def _with_ids(query: Query, ids: Sequence[str]) -> Query:
    return replace(query, conditions=(Condition("Id", "IN", tuple(ids)), *query.conditions))


def _ids_per_query(query: Query) -> int:
    one_id = _with_ids(query, ["0" * 18])
    longest = LONGEST_IN_ADDRESS if one_id.fits_address else LONGEST_QUERY
    return 1 + max(0, (longest - one_id.address_bytes) // _BYTES_PER_ID)
