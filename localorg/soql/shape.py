"""How one row of SQL becomes one record of JSON: the nodes of a record, in the order of SELECT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement

from localorg.stamps import to_json_stamp

if TYPE_CHECKING:
    from localorg.soql.plan import RecordPlan

JSON_FORMS: dict[str, Callable[[Any], Any]] = {"boolean": bool, "datetime": to_json_stamp}
"""Types whose values rest otherwise in SQLite than they stand in JSON."""

Row = Sequence[Any]


@dataclass(frozen=True)
class Leaf:
    """A field of its own, in column `index` of the row."""

    key: str
    index: int
    kind: str

    def value(self, row: Row) -> Any:
        found = row[self.index]
        form = JSON_FORMS.get(self.kind)
        return found if form is None or found is None else form(found)


@dataclass(frozen=True)
class Address:
    """A compound address: an object of its parts in alphabetical order, null where all of them are."""

    key: str
    parts: tuple[tuple[str, int], ...]

    def value(self, row: Row) -> dict[str, Any] | None:
        found = {name: row[index] for name, index in self.parts}
        return found if any(value is not None for value in found.values()) else None


@dataclass(frozen=True)
class Parent:
    """A parent record. `identities` pairs each object that it may be of with the column of its id."""

    key: str
    identities: tuple[tuple[str, int], ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Children:
    """A child subquery, run for all the parents of a page at once."""

    key: str
    plan: RecordPlan
    foreign_key: ColumnElement[Any]
    """The column of the children that names the parent."""


Node = Leaf | Address | Parent | Children


def to_record(
    sobject: str, record_id: str, nodes: Sequence[Node], row: Row, root: str, children: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """The record as the REST API gives it.

    Args:
        root: the path of the API version, which the record's own address begins with.
        children: for each key of a child subquery, the answer for each parent's id.
    """
    record: dict[str, Any] = {"attributes": to_attributes(sobject, record_id, root)}
    for node in nodes:
        match node:
            case Parent():
                record[node.key] = _to_parent(node, row, root)
            case Children():
                record[node.key] = children[node.key].get(record_id)
            case _:
                record[node.key] = node.value(row)
    return record


def to_attributes(sobject: str, record_id: str, root: str) -> dict[str, str]:
    return {"type": sobject, "url": f"{root}/sobjects/{sobject}/{record_id}"}


def _to_parent(node: Parent, row: Row, root: str) -> dict[str, Any] | None:
    for sobject, index in node.identities:
        if row[index] is not None:
            return to_record(sobject, row[index], node.nodes, row, root, {})
    return None
