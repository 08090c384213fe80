"""Reading of `<name>.yaml`: one Salesforce object, one warehouse table, and the fields that map to columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from itertools import chain

import yaml

from closedwon.kinds import KINDS
from closedwon.mapping.model import QUARANTINE, Field, Mapping, ValueMap
from closedwon.mapping.model.names import ALWAYS_READ, LONGEST_NAME, OWN_COLUMNS, SYSTEM_COLUMNS
from closedwon.mapping.model.project_columns import PROJECTS_TABLE
from closedwon.mapping.model.value_map import VALUE_MAPS_TABLE
from closedwon.mapping.reader.currency import add_currency
from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.lookups import check_find_by, check_lookups
from closedwon.mapping.reader.model_reader import node_at, read_model
from closedwon.mapping.reader.new_rows import check_new_values, check_write
from closedwon.mapping.reader.refused_keys import refuse_moved
from closedwon.mapping.reader.sources import check_otherwise
from closedwon.mapping.reader.yaml_nodes import as_list, keys_of, line_of
from closedwon.mapping.spelling import did_you_mean

ValueMaps = Dictionary[str, ValueMap | None]
"""The value maps by name; None for a broken one."""


def read_mapping(name: str, root: yaml.Node, findings: FileFindings, value_maps: ValueMaps) -> Mapping | None:
    """Return the mapping of one file; None where its own lines have findings.

    Each field is read by itself, so that a mistake in one does not hide findings in the others.
    """
    if not isinstance(root, yaml.MappingNode):
        return read_model(Mapping, root, "a mapping file", findings)
    before = len(findings.noted)
    nodes = as_list(_field_list(root), "`fields`", findings, line_of(root))
    read = [(node, _read_field(node, findings, value_maps)) for node in nodes]
    rows = [(node, field) for node, field in read if field is not None]
    if moved := refuse_moved(root):
        findings.note(line_of(root), moved)
        root = _without(root, ("key", "read_from"))
    mapping = read_model(
        Mapping,
        root,
        "a mapping file",
        findings,
        name=name,
        file=findings.file,
        fields=tuple(field for _, field in rows),
        receive_lines=_lines_below(root, "receive"),
    )
    if mapping is not None:
        mapping = add_currency(mapping, root, findings)
        if mapping.receive is not None and mapping.receive.others:
            mapping = replace(mapping, others_line=line_of(node_at(root, ("receive", "others"))))
        _check_directions(mapping, root, rows, findings, is_moved=moved is not None)
        _check_table(mapping, root, findings)
        for place, message in check_new_values(mapping, keys_of(node_at(root, ("receive",)))):
            findings.note(line_of(node_at(root, place)), message)
        for field, message in check_lookups(mapping):
            findings.note(field.line, message)
    fields = mapping.fields if mapping is not None else [field for _, field in rows]
    _check_duplicates(sorted(fields, key=lambda field: field.line), findings)
    return mapping if len(findings.noted) == before else None


def _field_list(root: yaml.MappingNode) -> yaml.Node | None:
    return next((value for key, value in root.value if key.value == "fields"), None)


def _lines_below(root: yaml.MappingNode, key: str) -> dict[str, int]:
    section = node_at(root, (key,))
    pairs = section.value if section is not root and isinstance(section, yaml.MappingNode) else ()
    return {str(key.value): line_of(value) for key, value in pairs}


def _without(root: yaml.MappingNode, keys: Collection[str]) -> yaml.MappingNode:
    pairs = [(key, value) for key, value in root.value if key.value not in keys]
    return yaml.MappingNode(root.tag, pairs, root.start_mark, root.end_mark, root.flow_style)


def _read_field(node: yaml.Node, findings: FileFindings, value_maps: ValueMaps) -> Field | None:
    is_list = isinstance(node_at(node, ("references",)), yaml.SequenceNode)
    field = read_model(
        Field,
        node,
        "an entry of `fields`",
        findings,
        context={"value_maps": value_maps},
        line=line_of(node),
        is_polymorphic=is_list,
    )
    if field is None:
        return None
    keys = keys_of(node)
    own = (check_write(field, keys), check_otherwise(field, keys), check_find_by(field, keys))
    for key, message in chain(_check_type(field, keys), _check_direction(field), *own):
        findings.note(line_of(node_at(node, (key,))), message)
    return field


def _check_type(field: Field, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    name, kind = field.salesforce, field.kind
    if kind.is_reference and "references" not in keys:
        yield "", f"{name} is a reference: name its parent's table in `references`"
    if "references" in keys and not field.references:
        yield "references", "`references` is an empty list: name at least one"
    if not kind.is_reference and "references" in keys:
        yield "references", f"`references` is for fields of type reference, but {name} is {kind.name}"
    if not kind.is_reference and "without" in keys:
        yield "without", f"`without` is for fields of type reference, but {name} is {kind.name}"
    if field.without and field.required:
        yield "without", f"`without: skip` leaves out a record that has no {name}, which `required` rejects: keep one"
    if not kind.is_textual and "values" in keys:
        textual = " or ".join(sorted(kind.name for kind in KINDS.values() if kind.is_textual))
        yield "values", f"`values` is for fields of type {textual}, but {name} is {kind.name}"
    if "fallback" in keys and "values" not in keys:
        yield "fallback", "`fallback` is for fields with `values`"
    if field.values is not None and isinstance(field.fallback, str):
        yield from _check_fallback(field.fallback, field.values)


def _check_fallback(code: str, values: ValueMap) -> Iterator[tuple[str, str]]:
    codes = sorted(set(values.codes.values()))
    if code not in codes:
        yield "fallback", f"`fallback: {code}` is not a code of {values.file}{did_you_mean(code, codes)}"


def _check_direction(field: Field) -> Iterator[tuple[str, str]]:
    if field.column in SYSTEM_COLUMNS:
        yield "column", f"'{field.column}' is a column that Postgres itself gives every table: choose another name"
    if len(field.columns[-1]) > LONGEST_NAME:
        yield "column", f"'{field.columns[-1]}' is made beside it, and Postgres keeps {LONGEST_NAME} characters"
    if field.is_received:
        if field.column in OWN_COLUMNS:
            yield "column", f"the column '{field.column}' is filled by the load itself: choose another name"
        if field.salesforce.casefold() in ALWAYS_READ:
            own = ", ".join(OWN_COLUMNS)
            yield "salesforce", f"{field.salesforce} is always read, as one of {own}: take it out"
    if field.is_sent:
        yield from _check_sent(field)


def _check_sent(field: Field) -> Iterator[tuple[str, str]]:
    name = field.salesforce
    if "." in name:
        yield "salesforce", f"{name} belongs to another record and cannot be sent with this one"
    if field.kind.is_reference:
        yield "type", f"{name} is sent: a reference column holds our own row's id, which the org does not know"
    if field.values is not None and not field.values.is_one_to_one:
        counts = Counter(field.values.codes.values())
        shared = ", ".join(sorted(code for code, count in counts.items() if count > 1))
        seen = f"{name} is sent, but in {field.values.file} several labels share the code {shared}"
        yield "values", f"{seen}: which of them should be sent?"
    if field.fallback is not QUARANTINE:
        yield "fallback", f"{name} is sent: a fallback would overwrite labels in Salesforce; take it out"


def _check_directions(
    mapping: Mapping,
    root: yaml.Node,
    rows: Iterable[tuple[yaml.Node, Field]],
    findings: FileFindings,
    *,
    is_moved: bool,
) -> None:
    for node, field in rows:
        if mapping.direction != "none" and field.direction not in (mapping.direction, "none"):
            findings.note(
                line_of(node_at(node, ("direction",))),
                f"`direction: {field.direction}` does nothing here, as the file says `direction: {mapping.direction}`: "
                f"write `{mapping.direction}` or `none`, or map the field in a file of its own",
            )
    if mapping.sent and mapping.send is None and not is_moved:
        findings.note(
            line_of(root),
            f"{mapping.sent[0].salesforce} is sent, but `send` with its `key` is missing: "
            "by what is the record found? Write `send: {key: {salesforce: ..., column: ...}}`",
        )
    for section, direction in (("receive", "send"), ("every", "send"), ("send", "receive")):
        if getattr(mapping, section) is not None and mapping.direction == direction:
            findings.note(
                line_of(node_at(root, (section,))),
                f"`{section}` does nothing here, as the file says `direction: {direction}`: take it out",
            )


def _check_table(mapping: Mapping, root: yaml.Node, findings: FileFindings) -> None:
    schema, name = mapping.table.split(".")
    refusal = None
    if schema == "sync":
        refusal = f"the schema {schema} holds Closedwon's own state"
    elif mapping.table == VALUE_MAPS_TABLE:
        refusal = "it holds the entries of the value maps"
    elif schema == "information_schema" or schema.startswith("pg_"):
        refusal = f"the schema {schema} belongs to Postgres"
    elif schema == PROJECTS_TABLE.split(".")[0] and mapping.received:
        refusal = f"the schema {schema} holds the projects, which no import fills"
    elif name == "excluded" and mapping.received:
        refusal = "Postgres calls the new rows of an upsert `excluded`"
    if refusal:
        findings.note(line_of(node_at(root, ("table",))), f"`table: {mapping.table}`: {refusal}. Choose another")


def _check_duplicates(fields: list[Field], findings: FileFindings) -> None:
    received = [field for field in fields if field.is_received]
    columns = ((name, field) for field in received for name in field.columns)
    _check_once(columns, "received into the column", findings)
    own = ((field.salesforce, field) for field in received if not field.is_looked_up)
    _check_once(own, "received from the Salesforce field", findings)
    sent = [field for field in fields if field.is_sent]
    _check_once(((field.salesforce, field) for field in sent), "sent to the Salesforce field", findings)


def _check_once(named: Iterable[tuple[str, Field]], what: str, findings: FileFindings) -> None:
    # Salesforce ignores case in names, and column names are lower case.
    first: dict[str, int] = {}
    for name, field in named:
        if name.casefold() in first:
            findings.note(field.line, f"two fields are {what} '{name}', first on line {first[name.casefold()]}")
        else:
            first[name.casefold()] = field.line
