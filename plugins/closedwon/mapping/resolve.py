"""What can only be seen of all mapping files together: who refers to whom, and who has to come first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.spelling import did_you_mean
from closedwon.mapping.yaml_nodes import Fault


def order_by_references(mappings: Sequence[Mapping], faults: list[Fault]) -> tuple[Mapping, ...]:
    """The mappings with parents before the objects that refer to them, and by name where no reference decides.

    Each reference field comes back with the Salesforce object of its parent. A table that refers to itself
    (an account's parent account) does not count as a cycle: such rows find their parents among themselves.
    """
    _check_tables(mappings, faults)
    sobjects = {mapping.table: mapping.sobject for mapping in sorted(mappings, key=lambda m: bool(m.received))}
    _check_references(mappings, sobjects, faults)
    places = {table: place for place, table in enumerate(_order_tables(mappings, faults))}
    ordered = sorted(mappings, key=lambda mapping: (places.get(mapping.table, 0), mapping.name))
    return tuple(replace(m, fields=tuple(_with_parent(f, sobjects) for f in m.fields)) for m in ordered)


def _with_parent(field: Field, sobjects: dict[str, str]) -> Field:
    return replace(field, parent_sobject=sobjects.get(field.references)) if field.references else field


def _check_tables(mappings: Iterable[Mapping], faults: list[Fault]) -> None:
    first: dict[str, Mapping] = {}
    for mapping in mappings:
        if mapping.received and mapping.table in first:
            other = first[mapping.table]
            faults.append(
                Fault(
                    mapping.file, 1, f"the table {mapping.table} is filled by {other.file} already: one object a table"
                )
            )
        elif mapping.received:
            first[mapping.table] = mapping


def _check_references(mappings: Iterable[Mapping], tables: Collection[str], faults: list[Fault]) -> None:
    if "" in tables:
        # The name of some table is a fault already; it may well be the one that is missing.
        return
    for mapping in mappings:
        for field in mapping.fields:
            if field.references and field.references not in tables:
                hint = did_you_mean(field.references, tables)
                message = f"{field.salesforce} refers to {field.references}, a table that no mapping has{hint}"
                faults.append(Fault(mapping.file, field.line, message))


def _order_tables(mappings: Iterable[Mapping], faults: list[Fault]) -> list[str]:
    parents: dict[str, dict[str, tuple[Mapping, Field]]] = defaultdict(dict)
    for mapping in sorted(mappings, key=lambda m: m.name):
        parents[mapping.table] |= {}
        for field in mapping.fields:
            if field.references and field.references != mapping.table:
                parents[mapping.table].setdefault(field.references, (mapping, field))
    try:
        return list(
            TopologicalSorter({table: sorted(found) for table, found in sorted(parents.items())}).static_order()
        )
    except CycleError as error:
        cycle: list[str] = error.args[1]
        # graphlib names each node as a parent of the one that follows it.
        mapping, field = parents[cycle[1]][cycle[0]]
        faults.append(Fault(mapping.file, field.line, f"the tables refer to each other in a circle: {_draw(cycle)}"))
        return []


def _draw(cycle: list[str]) -> str:
    return " -> ".join(reversed(cycle)) + "; take one of these references out"
