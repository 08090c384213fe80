"""Loads a data set into an org, with all references between its records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

from localorg.data.dataset import DataError, Row, Table
from localorg.data.formats import GENERATED, Say, read_source
from localorg.data.named_record_types import RECORD_TYPES, known_record_types, to_record_type_key
from localorg.errors import OrgError
from localorg.ids import make_id, number_of, to_id18
from localorg.org import Org

__all__ = ["GENERATED", "load_data"]

LONGEST_TEXT, LONGEST_LONG_TEXT = 255, 131_072

_BLANK_FOR_T = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
"""A moment as the weekly export writes it, in UTC."""
Lengths = dict[str, int]
"""Column to the length of its longest text."""


def load_data(org: Org, data: Path | str, today: date, say: Say) -> None:
    """Put the records of a folder, of a plan, or of the word "generated", into the org.

    What the org's schema lacks becomes a custom object or a custom text field. Ids are given before any record is
    written, so that references may lead forwards and in circles.

    Args:
        today: the day for which data are generated.

    Raises:
        DataError: the data cannot be read, or contradict themselves; no record was loaded.
    """
    tables = read_source(data, org.schema, today, say)
    for table, lengths in [(table, _measure(table)) for table in tables]:
        _learn(org, table, lengths, say)
    identities = _IdMap(org, tables)
    with org.transaction():
        for table in tables:
            _insert(org, table, identities)


def _measure(table: Table) -> Lengths:
    lengths: Lengths = {}
    for row in table.rows:
        for name, text in row.items():
            if len(text) > lengths.get(name, -1):
                lengths[name] = len(text)
    return lengths


def _learn(org: Org, table: Table, lengths: Lengths, say: Say) -> None:
    """Add the object and the fields of a table that the schema lacks."""
    if org.schema.find(table.sobject) is None:
        org.catalogue.add_object(table.sobject)
        say(f"{table.sobject} is new to the org: made a custom object{_warned(table.sobject)}.")
    unknown = [name for name in lengths if org.sobject(table.sobject).find(name) is None]
    for name in unknown:
        is_long = lengths[name] > LONGEST_TEXT
        org.catalogue.add_field(table.sobject, name, length=LONGEST_LONG_TEXT if is_long else LONGEST_TEXT)
    if unknown:
        listed = ", ".join(f"{name}{_warned(name)}" for name in unknown)
        say(f"{table.sobject}: made custom text fields for {listed}.")


def _warned(name: str) -> str:
    return "" if name.endswith("__c") else " (called as it is, though the name does not end in __c)"


class _IdMap:
    """The ids by which the rows will be known, given before any row is written."""

    def __init__(self, org: Org, tables: list[Table]) -> None:
        self._org = org
        self._numbers = {table.sobject: _free_numbers(org, table.sobject) for table in tables}
        self._there = known_record_types(org)
        self._ids: dict[str, dict[str, str]] = {}
        for table in tables:
            self._give(table)

    def find(self, key: str, targets: tuple[str, ...]) -> str | None:
        """Return the id behind a key of one of these tables; an id of a record outside of the data set stands for
        itself.
        """
        return next((self._ids[target][key] for target in targets if key in self._ids.get(target, {})), to_id18(key))

    def own(self, table: Table, row: Row) -> str | None:
        """Return the id of a row; None for a record type that the org has already."""
        if table.sobject == RECORD_TYPES and to_record_type_key(row) in self._there:
            return None
        key = row.get("Id")
        return self._ids[table.name][key] if key else self._next(table)

    def _give(self, table: Table) -> None:
        prefix = self._org.sobject(table.sobject).key_prefix
        ids = self._ids.setdefault(table.name, {})
        for row in table.rows:
            if not (key := row.get("Id")):
                continue
            if key in ids:
                raise DataError(f"{table.source}: two rows have the Id '{key}'.")
            given = self._there.get(to_record_type_key(row)) if table.sobject == RECORD_TYPES else to_id18(key)
            ids[key] = given if given and given.startswith(prefix) else self._next(table)

    def _next(self, table: Table) -> str:
        return make_id(self._org.sobject(table.sobject).key_prefix, next(self._numbers[table.sobject]))


def _free_numbers(org: Org, sobject: str) -> Iterator[int]:
    """Return an iterator over the id numbers above those of the records that exist."""
    soql = f"SELECT Id FROM {sobject} ORDER BY Id DESC LIMIT 1"  # noqa: S608 (SOQL, and a name of the schema)
    last = org.query(soql, include_deleted=True).records(0, 1)
    return count(number_of(last[0]["Id"]) + 1 if last else 1)


def _insert(org: Org, table: Table, identities: _IdMap) -> None:
    try:
        org.insert_many(table.sobject, _resolved(org, table, identities))
    except OrgError as error:
        raise DataError(f"{table.source}: {error.code}: {error.message}") from error


def _resolved(org: Org, table: Table, identities: _IdMap) -> Iterator[Row]:
    """Yield the rows with ids in the place of keys."""
    targets = {field.name.lower(): field.reference_to for field in org.sobject(table.sobject).fields}
    targets |= {name.lower(): names for name, names in table.lookups.items()}
    moments = {field.name.lower() for field in org.sobject(table.sobject).fields if field.type == "datetime"}
    for row in table.rows:
        if (own := identities.own(table, row)) is None:
            continue
        resolved = dict(row)
        for name, text in row.items():
            if text and (wanted := targets.get(name.lower())):
                resolved[name] = identities.find(text, wanted) or _refuse(table, row, name, wanted)
            elif name.lower() in moments and _BLANK_FOR_T.fullmatch(text):
                resolved[name] = f"{text.replace(' ', 'T')}Z"
        yield resolved | {"Id": own}


def _refuse(table: Table, row: Row, name: str, wanted: tuple[str, ...]) -> str:
    target = " or ".join(wanted)
    raise DataError(
        f"{table.source}: {name} = '{row[name]}' is the Id of no row of {target} (row {row.get('Id', '')})."
    )
