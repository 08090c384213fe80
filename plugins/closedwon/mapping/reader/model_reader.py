"""Reading of YAML nodes into pydantic models, whose errors become findings with file, line and remedy.

    node ─► values (strict: a bare `No` is not a text) ─► pydantic ─► model
                                                         └ errors ─► mapped by place to nodes ─► findings

pydantic alone would say `fields.3.type: Input should be ...`, without line, and would take `no` for false.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from collections.abc import Mapping as Dictionary
from functools import cache
from typing import Any, TypeVar, cast

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from closedwon.mapping.model.suite import UnquotedDate
from closedwon.mapping.model.triggers import TRIGGERS
from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.refused_keys import NOT_BUILT, WHY_NEEDED, unknown_key
from closedwon.mapping.reader.yaml_nodes import as_scalar, as_text, keys_of, kind_of, line_of
from closedwon.mapping.spelling import did_you_mean

Place = tuple[str | int, ...]
"""A path of keys and list positions into a file, as pydantic's `loc`."""

T = TypeVar("T")

_NULL, _DATE = "tag:yaml.org,2002:null", "tag:yaml.org,2002:timestamp"


class Unreadable:
    """Marker for a value that is neither text, number, date nor boolean; no model accepts it."""


def read_model(
    model: type[T],
    node: yaml.Node,
    what: str,
    findings: FileFindings,
    *,
    context: Dictionary[str, Any] | None = None,
    **given: Any,
) -> T | None:
    """Return the model that a node describes; None where it has findings.

    Args:
        what: the node in words, such as "a rule file".
        context: data for validators, such as the names of the existing value maps.
        given: values of fields that do not come from the node, or were read before.
    """
    if not isinstance(node, yaml.MappingNode):
        findings.note(line_of(node), f"{what} must be a section of `key: value`, not {kind_of(node)}")
        return None
    before = len(findings.noted)
    unwritten = _note_unwritten(model, node, findings)
    values = _to_values(node, findings, may_be_null=_nullable_keys(cast(Any, model)), skip={*given, *unwritten})
    try:
        read: T = _adapter(cast(Any, model)).validate_python(values | given, context=context)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            _note_error(model, node, error, findings)
        return None
    return read if len(findings.noted) == before else None


def node_at(root: yaml.Node, place: Place) -> yaml.Node:
    """Return the node at a place; if the file has none there, the nearest one above it."""
    for step in place:
        below = _below(root, step)
        root = below if below is not None else root
    return root


@cache
def schema_of(model: Any) -> dict[str, Any]:
    """Return the JSON Schema of a model, which holds the keys that its file may have."""
    return _adapter(model).json_schema()


def written_keys(model: Any) -> tuple[str, ...]:
    """Return the keys that a file may have for a model, in the order of its documentation."""
    return tuple(schema_of(model)["properties"])


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


@cache
def _nullable_keys(model: Any) -> frozenset[str]:
    return frozenset(key for key, seen in schema_of(model)["properties"].items() if "null" in seen.get("type", ()))


def _note_unwritten(model: Any, node: yaml.MappingNode, findings: FileFindings) -> set[str]:
    """Note the keys of a file that are the model's own, such as `line`; return all that a file cannot have."""
    known = written_keys(model)
    unwritten = {field.name for field in dataclasses.fields(model)} - {*known}
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.value in unwritten:
            findings.note(line_of(key), unknown_key(key.value, value, node, known))
    return unwritten


def _to_values(
    node: yaml.MappingNode, findings: FileFindings, may_be_null: Collection[str] = (), skip: Collection[str] = ()
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = as_text(key_node, "a key", findings)
        if key is None:
            continue
        if key in lines:
            findings.note(line_of(key_node), f"'{key}' stands twice, first on line {lines[key]}: keep one")
        elif key not in skip:
            is_null = key in may_be_null and value_node.tag == _NULL and value_node.value
            values[key] = None if is_null else _to_value(value_node, findings)
        lines.setdefault(key, line_of(value_node))
    return values


def _to_value(node: yaml.Node, findings: FileFindings) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _to_values(node, findings)
    if isinstance(node, yaml.SequenceNode):
        return [_to_value(entry, findings) for entry in node.value]
    if node.tag == _DATE:
        return UnquotedDate(node.value)
    value = as_scalar(node)
    return Unreadable() if value is None else value


def _below(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return cast(yaml.Node, node.value[step])
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None


def _note_error(model: Any, root: yaml.Node, error: ErrorDetails, findings: FileFindings) -> None:
    # pydantic's own steps: which trigger it tried, and that it means the key of an entry, not its value.
    place = tuple(step for step in error["loc"] if step not in {"[key]", *(kind.__name__ for kind in TRIGGERS)})
    node = node_at(root, place)
    keys = [step for step in place if isinstance(step, str)]
    path, key = ".".join(keys), keys[-1] if keys else ""
    if refusal := NOT_BUILT.get((model.__name__, f"{key}: {getattr(node, 'value', '')}")):
        findings.note(line_of(node), refusal)
    elif error["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        _note_unknown(model, root, place, path, findings)
    else:
        what = f"an entry of `{key}`" if place and isinstance(place[-1], int) else f"`{key}`"
        _note_unfit(node, key, what, error, findings)


def _note_unknown(model: Any, root: yaml.Node, place: Place, path: str, findings: FileFindings) -> None:
    node, section, key = node_at(root, place), node_at(root, place[:-1]), str(place[-1])
    below = [f"{path}.{child.value}" for child, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    refused = [NOT_BUILT[model.__name__, name] for name in below if (model.__name__, name) in NOT_BUILT]
    if not refused and (model.__name__, path) in NOT_BUILT:
        refused = [NOT_BUILT[model.__name__, path]]
    if not refused and isinstance(section, yaml.MappingNode):
        refused = [unknown_key(key, node, section, _keys_at(schema_of(model), place[:-1], section))]
    key_line = next(line_of(name) for name, _ in section.value if name.value == key)
    for refusal in refused:
        findings.note(key_line, refusal)


def _keys_at(schema: dict[str, Any], place: Place, section: yaml.Node) -> list[str]:
    """Return the keys that a section of the model may have; where several models fit, those of the intended one."""
    definitions, here = schema.get("$defs", {}), schema
    for step in place:
        here = here.get("items", {}) if isinstance(step, int) else here.get("properties", {}).get(step, {})
        choices = [here, *here.get("anyOf", ()), *here.get("oneOf", ())]
        referred = [definitions[choice["$ref"].rsplit("/", 1)[-1]] for choice in choices if "$ref" in choice]
        written = keys_of(section)
        here = max(referred, key=lambda one: len(written & one["properties"].keys())) if referred else here
    return list(here.get("properties", ()))


def _note_unfit(node: yaml.Node, key: str, what: str, error: ErrorDetails, findings: FileFindings) -> None:
    kind, line, seen = error["type"], line_of(node), node.value if isinstance(node, yaml.ScalarNode) else kind_of(node)
    if kind == "missing":
        why = f": {WHY_NEEDED[key]}" if key in WHY_NEEDED else ""
        findings.note(line, f"`{key}` is missing{why}")
    elif kind == "string_type":
        as_text(node, what, findings)
    elif kind == "finding":
        findings.note(line, error["msg"])
    elif kind == "unfit":
        findings.note(line, f"`{key}: {seen}` {error['msg']}")
    elif kind == "literal_error" and error.get("ctx", {}).get("expected") != "True":
        _note_choice(node, key, what, error, findings)
    elif kind in ("bool_type", "literal_error"):
        wanted = "true or false" if kind == "bool_type" else "true"
        findings.note(line, f"{what} must be {wanted}, in these letters and without quotes")
    elif kind == "float_type":
        findings.note(line, f"`{key}: {seen}` must be a number of at most 15 digits")
    elif kind == "too_short":
        if not node.value:  # entries with findings of their own are not counted
            findings.note(line, f"{what} is an empty list: name at least one")
    elif kind in ("tuple_type", "list_type"):
        findings.note(line, f"{what} must be a list, not {kind_of(node)}")
    elif kind.startswith("union_tag"):
        ways = " or ".join(f"`{trigger.example}`" for trigger in TRIGGERS)
        findings.note(line, f"`{key}` needs either {ways}")
    else:
        findings.note(line, f"{what} must be a section of `key: value`, not {kind_of(node)}")


def _note_choice(node: yaml.Node, key: str, what: str, error: ErrorDetails, findings: FileFindings) -> None:
    seen = as_text(node, what, findings)
    if seen is not None:
        choices = [choice.strip("'") for choice in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        hint = did_you_mean(seen, choices)
        findings.note(line_of(node), f"`{key}: {seen}` is not one of {', '.join(choices)}{hint}")
