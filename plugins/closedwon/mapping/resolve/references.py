"""Resolution of references between mappings: parents, order, and which mappings wait for a broken file. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from closedwon.mapping.model import Field, Finding, Mapping
from closedwon.mapping.model.names import PEOPLE_TABLE
from closedwon.mapping.spelling import did_you_mean


def check_references(mappings: Sequence[Mapping], broken_tables: Dictionary[str, str | None]) -> Iterator[Finding]:
    """Yield findings between the files: a table filled twice, an unknown parent table, circular references.

    Args:
        broken_tables: the broken mapping files by name, each with its table; None where that cannot be read, so that
            it may be any table.
    """
    yield from _check_tables(mappings)
    if None not in broken_tables.values():
        tables = {mapping.table for mapping in mappings} | {table for table in broken_tables.values() if table}
        yield from _check_parents(mappings, tables)
    try:
        _order_tables(mappings)
    except CycleError as error:
        yield _to_finding(mappings, error.args[1])


def resolve_references(mappings: Sequence[Mapping], broken_tables: Dictionary[str, str | None]) -> tuple[Mapping, ...]:
    """Return the mappings with parents before the objects that refer to them, otherwise by name.

    Each reference gets the objects of its parents, each mapping the broken files that it waits for. A table that
    refers to itself (an account's parent account) is not circular: its rows find their parents in the same table.

    Args:
        mappings: those without findings of `check_references`.
    """
    sobjects = {mapping.table: mapping.sobject for mapping in sorted(mappings, key=lambda m: bool(m.received))}
    places = {table: place for place, table in enumerate(_order_tables(mappings))}
    waits: dict[str, set[str]] = defaultdict(set)
    resolved = []
    for mapping in sorted(mappings, key=lambda m: (places[m.table], m.name)):
        parents = _parent_tables(mapping)
        missing = parents - sobjects.keys() - {PEOPLE_TABLE}
        found = {name for name, table in broken_tables.items() if missing and (table in missing or table is None)}
        found |= {name for table in parents - {mapping.table} for name in waits[table]}
        waits[mapping.table] |= found
        fields = tuple(_with_parents(field, sobjects) for field in mapping.fields)
        resolved.append(replace(mapping, fields=fields, waits_for=tuple(sorted(found))))
    return tuple(resolved)


def _parent_tables(mapping: Mapping) -> set[str]:
    return {table for field in mapping.fields for table in field.references}


def _with_parents(field: Field, sobjects: Dictionary[str, str]) -> Field:
    if not field.references:
        return field
    return replace(field, parents={sobjects[table]: table for table in field.references if table in sobjects})


def _check_tables(mappings: Iterable[Mapping]) -> Iterator[Finding]:
    first: dict[str, Mapping] = {}
    for mapping in mappings:
        if not mapping.received:
            continue
        other = first.setdefault(mapping.table, mapping)
        if other is not mapping:
            message = f"the table {mapping.table} is filled by {other.file} already: one object a table"
            yield Finding(mapping.file, 1, message)


def _check_parents(mappings: Iterable[Mapping], tables: Collection[str]) -> Iterator[Finding]:
    for mapping in mappings:
        for field in mapping.fields:
            for table in field.references:
                if table not in tables and not field.is_looked_up:
                    seen = f"{field.salesforce} refers to {table}, a table that no mapping has"
                    yield Finding(mapping.file, field.line, seen + did_you_mean(table, tables))


def _order_tables(mappings: Iterable[Mapping]) -> list[str]:
    parents: dict[str, set[str]] = defaultdict(set)
    for mapping in mappings:
        parents[mapping.table] |= _parent_tables(mapping) - {mapping.table}
    return list(TopologicalSorter({table: sorted(found) for table, found in sorted(parents.items())}).static_order())


def _to_finding(mappings: Iterable[Mapping], cycle: list[str]) -> Finding:
    # graphlib names each node as a parent of the one that follows it.
    parent, child = cycle[0], cycle[1]
    mapping, field = next(
        (mapping, field)
        for mapping in sorted(mappings, key=lambda m: m.name)
        for field in mapping.fields
        if mapping.table == child and parent in field.references
    )
    drawn = " -> ".join(reversed(cycle))
    message = (
        f"the tables refer to each other in a circle: {drawn}, so that none can be loaded first: write `type: text` "
        f"for {field.salesforce}, without `references`; its column then keeps the record's Salesforce id"
    )
    return Finding(mapping.file, field.line, message)
