"""Reads `<name>.yaml`: one Salesforce object, one warehouse table, and how fields become columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from typing import cast

import yaml

from closedwon.kinds import KINDS
from closedwon.mapping.model import (
    DIRECTIONS,
    QUARANTINE,
    Direction,
    Field,
    Key,
    Mapping,
    Quarantine,
    ValueMap,
)
from closedwon.mapping.spelling import did_you_mean
from closedwon.mapping.yaml_nodes import Section, Source, as_section

RESERVED_COLUMNS = ("id", "salesforce_id", "system_modstamp", "is_deleted", "loaded_at")
"""The columns that every table of received records has, and that the load fills."""

ALWAYS_READ = ("id", "isdeleted", "systemmodstamp")

SALESFORCE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
FIELD_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
COLUMN = re.compile(r"[a-z][a-z0-9_]{0,62}")
TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}")

_FILE_KEYS = ("sobject", "table", "direction", "key", "read_from", "fields")
_FIELD_KEYS = ("salesforce", "column", "type", "direction", "required", "values", "fallback", "references", "note")

ValueMaps = Dictionary[str, ValueMap | None]
"""The value maps by name; None stands for one that has faults of its own."""


def read_mapping(name: str, root: yaml.Node, source: Source, value_maps: ValueMaps) -> Mapping | None:
    """The mapping of one file; None where the file is not a section at all.

    Where a value has a fault, something harmless stands in for it, so that the rest can be checked: a mapping
    is for use only if no fault was noted.
    """
    section = as_section(root, "a mapping file", source, _FILE_KEYS)
    if section is None:
        return None
    mapping = Mapping(
        name=name,
        file=source.file,
        sobject=read_name(section, "sobject", SALESFORCE_NAME, "a Salesforce object such as Account"),
        table=read_name(section, "table", TABLE, "a table such as crm.accounts"),
        direction=cast(Direction, section.one_of("direction", DIRECTIONS) or "none"),
        fields=tuple(_read_field(entry, value_maps) for entry in section.sections("fields", _FIELD_KEYS)),
        key=_read_key(section),
        read_from=read_name(section, "read_from", TABLE, "a view such as delivery.projects_current")
        if "read_from" in section
        else None,
    )
    _check_fields(mapping, section)
    return mapping


def read_name(section: Section, key: str, pattern: re.Pattern[str], meant: str) -> str:
    """The plain identifier of a key that must be there; "", and a fault, where it is none."""
    seen = section.text(key, required=True)
    if seen is None or pattern.fullmatch(seen):
        return seen or ""
    section.note(key, f"`{key}: {seen}` is not the plain name of {meant}")
    return ""


def _read_key(section: Section) -> Key | None:
    key = section.section("key", ("salesforce", "column"))
    if key is None:
        return None
    return Key(
        read_name(key, "salesforce", SALESFORCE_NAME, "a Salesforce field such as Id"),
        read_name(key, "column", COLUMN, "a column"),
    )


def _read_field(section: Section, value_maps: ValueMaps) -> Field:
    values = _read_values(section, value_maps)
    field = Field(
        salesforce=read_name(section, "salesforce", FIELD_PATH, "a Salesforce field such as Name or Owner.Email"),
        column=read_name(section, "column", COLUMN, "a column: small letters, digits, _, at most 63"),
        type=section.one_of("type", tuple(KINDS)) or "text",
        direction=cast(Direction, section.one_of("direction", DIRECTIONS) or "none"),
        required=section.flag("required"),
        values=values,
        fallback=_read_fallback(section, values),
        references=read_name(section, "references", TABLE, "a table such as crm.accounts")
        if "references" in section
        else None,
        note=section.text("note") or "",
        line=section.line,
    )
    _check_type(field, section)
    _check_direction(field, section)
    return field


def _read_values(section: Section, value_maps: ValueMaps) -> ValueMap | None:
    name = section.text("values")
    if name is not None and name not in value_maps:
        section.note("values", f"there is no values/{name}.csv{did_you_mean(name, value_maps)}")
    return value_maps.get(name) if name is not None else None


def _read_fallback(section: Section, values: ValueMap | None) -> str | Quarantine | None:
    if "fallback" not in section:
        return QUARANTINE
    if "values" not in section:
        section.note("fallback", "`fallback` is for fields with `values`")
    if section.is_null("fallback"):
        return None
    code = section.text("fallback")
    if code is not None and values is not None and code not in values.codes.values():
        known = sorted(set(values.codes.values()))
        section.note("fallback", f"`fallback: {code}` is not a code of {values.file}{did_you_mean(code, known)}")
    return code


def _check_type(field: Field, section: Section) -> None:
    if field.kind.is_reference and "references" not in section:
        section.source.note(section.line, f"{field.salesforce} is a reference: name its parent's table in `references`")
    if not field.kind.is_reference and "references" in section:
        section.note(
            "references", f"`references` is for fields of type reference, but {field.salesforce} is {field.type}"
        )
    if not field.kind.is_textual and "values" in section:
        textual = " or ".join(sorted(kind.name for kind in KINDS.values() if kind.is_textual))
        section.note("values", f"`values` is for fields of type {textual}, but {field.salesforce} is {field.type}")


def _check_direction(field: Field, section: Section) -> None:
    if field.is_received and field.column in RESERVED_COLUMNS:
        section.note("column", f"the column '{field.column}' is filled by the load itself: choose another name")
    if field.is_received and field.salesforce.casefold() in ALWAYS_READ:
        section.note(
            "salesforce", f"{field.salesforce} is always read, as one of {', '.join(RESERVED_COLUMNS)}: take it out"
        )
    if not field.is_sent:
        return
    if "." in field.salesforce:
        section.note("salesforce", f"{field.salesforce} belongs to another record and cannot be sent with this one")
    if field.kind.is_reference:
        section.note(
            "type",
            f"{field.salesforce} is sent: a reference column holds our own row's id, which the org does not know",
        )
    if field.values is not None and not field.values.is_one_to_one:
        section.note("values", f"{field.salesforce} is sent, but in {field.values.file} {_shared_codes(field.values)}")
    if "fallback" in section:
        section.note(
            "fallback", f"{field.salesforce} is sent: a fallback would overwrite labels in Salesforce; take it out"
        )


def _shared_codes(values: ValueMap) -> str:
    shared = sorted(code for code, count in Counter(values.codes.values()).items() if count > 1)
    return f"several labels share the code {', '.join(shared)}: which of them should be sent?"


def _check_fields(mapping: Mapping, section: Section) -> None:
    received = [field for field in mapping.fields if field.is_received]
    sent = [field for field in mapping.fields if field.is_sent]
    _check_once(section, ((field.column, field) for field in received), "received into the column")
    _check_once(section, ((field.salesforce, field) for field in received), "received from the Salesforce field")
    _check_once(section, ((field.salesforce, field) for field in sent), "sent to the Salesforce field")
    if sent and "key" not in section:
        section.source.note(
            section.line, f"{sent[0].salesforce} is sent, but `key` is missing: by what is the record found?"
        )


def _check_once(section: Section, named: Iterable[tuple[str, Field]], what: str) -> None:
    # Salesforce leaves case aside in names, and columns have none.
    first: dict[str, int] = {}
    for name, field in named:
        if name.casefold() in first:
            section.source.note(field.line, f"two fields are {what} '{name}', first on line {first[name.casefold()]}")
        elif name:
            first[name.casefold()] = field.line
