"""Column metadata of a query (`columns=true`), in the order of SELECT."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localorg.schema.model import ID_TYPES, NUMBER_TYPES, TEXT_TYPES, Field
from localorg.soql.plan.query_plan import (
    Address,
    AggregatePlan,
    Children,
    CountPlan,
    Leaf,
    Node,
    Parent,
    Plan,
    TypedParent,
)
from localorg.soql.run.value_formats import FORMATTED

_APEX_TYPES = {
    "id": "Id",
    "reference": "Id",
    "boolean": "Boolean",
    "date": "Date",
    "datetime": "Datetime",
    "int": "Integer",
    "double": "Decimal",
    "currency": "Decimal",
    "percent": "Decimal",
    "address": "Address",
    "location": "Location",
    "base64": "Blob",
    "time": "Time",
}


def to_metadata(plan: Plan) -> dict[str, Any]:
    """Return the columns of a plan, with the object that they are of."""
    nodes: Iterable[Node] = ()
    if not isinstance(plan, CountPlan):
        nodes = plan.leaves if isinstance(plan, AggregatePlan) else plan.nodes
    columns = [_to_column(node) for node in nodes]
    return {
        "columnMetadata": columns,
        "entityName": plan.sobject,
        "groupBy": isinstance(plan, AggregatePlan) and plan.is_grouped,
        "idSelected": any(column["columnName"] == "Id" for column in columns),
        "keyPrefix": plan.entity.key_prefix,
    }


def _to_column(node: Node) -> dict[str, Any]:
    match node:
        case Leaf():
            return _to_leaf(node)
        case Address():
            return _column(node.key, node.field.type, node.field)
        case Parent():
            return _to_branch(node.key, node.nodes, foreign_key=node.reference.name)
        case TypedParent():
            reference = node.branches[0].reference.name if node.branches else None
            return _to_branch(node.key, (), foreign_key=reference)
        case Children():
            return _to_branch(node.key, node.plan.nodes, aggregate=True)


def _to_leaf(leaf: Leaf) -> dict[str, Any]:
    kind = "string" if leaf.kind.startswith(FORMATTED) else leaf.kind
    column = _column(leaf.key, kind, None if leaf.is_aggregate else leaf.field)
    return {**column, "aggregate": leaf.is_aggregate}


def _to_branch(
    key: str, nodes: Iterable[Node], *, aggregate: bool = False, foreign_key: str | None = None
) -> dict[str, Any]:
    column = _column(key, "", None)
    joined = [_to_column(node) for node in nodes]
    return {**column, "aggregate": aggregate, "apexType": None, "foreignKeyName": foreign_key, "joinColumns": joined}


def _column(key: str, kind: str, field: Field | None) -> dict[str, Any]:
    return {
        "aggregate": False,
        "apexType": _APEX_TYPES.get(kind, "String"),
        "booleanType": kind == "boolean",
        "columnName": key,
        "custom": field is not None and field.custom,
        "displayName": key,
        "foreignKeyName": None,
        "insertable": field is not None and field.createable,
        "joinColumns": [],
        "numberType": kind in NUMBER_TYPES,
        "textType": kind in TEXT_TYPES | ID_TYPES,
        "updatable": field is not None and field.updateable,
    }
