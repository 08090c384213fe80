"""Shape a row of SQL into a record of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localorg.soql.plan.query_plan import Children, Leaf, Node, Parent, Row, TypedParent


def to_record(
    sobject: str, record_id: str, nodes: Sequence[Node], row: Row, root: str, children: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return the record as the REST API gives it.

    Args:
        root: the path of the API version, which the record's own address begins with.
        children: for each key of a child subquery, the answer for each parent's id.
    """
    record: dict[str, Any] = {"attributes": to_attributes(sobject, record_id, root)}
    for node in nodes:
        match node:
            case Parent():
                record[node.key] = _to_parent(node, row, root)
            case TypedParent():
                found = (_to_parent(branch, row, root) for branch in node.branches)
                record[node.key] = next((parent for parent in found if parent is not None), None)
            case Children():
                record[node.key] = children[node.key].get(record_id)
            case Leaf(kind="base64"):
                record[node.key] = None if row[node.index] is None else f"{record['attributes']['url']}/{node.key}"
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
