"""Kind `multipicklist`: several choices out of a list, as an array."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.kinds.json_values import convert_values
from closedwon.kinds.kind import Kind, OrgField
from closedwon.kinds.text import normal_text, parse_text, refuse_text
from closedwon.kinds.unfit import find_unread

_EXPECTED = "a list of choices such as Red;Blue"

_ELEMENT = r'"(?:[^"\\]|\\.)*"|[^",{}\\]+'
_ARRAY = re.compile(rf"\{{(?:(?:{_ELEMENT})(?:,(?:{_ELEMENT}))*)?\}}", re.DOTALL)
_ELEMENTS = re.compile(_ELEMENT, re.DOTALL)


def _parse(texts: Series[Any]) -> Series[Any]:
    """Return arrays as Postgres writes them, from `Red;Blue`: the choices in the order of the org's picklist."""
    distinct = parse_text(texts).dropna().unique()
    return texts.map({text: _to_array(text.split(";")) for text in distinct}).astype("str")


def _to_array(parts: list[str]) -> str | None:
    choices = [choice for part in parts if (choice := part.strip())]
    escaped = (choice.replace("\\", r"\\").replace('"', r"\"") for choice in choices)
    return "{" + ",".join(f'"{choice}"' for choice in escaped) + "}" if choices else None


def _normal(values: Series[Any], org_field: OrgField) -> Series[Any]:
    """Return the choices in one order with `;` between them, whatever order they stand in.

    None for an array in an array, and for a choice with a `;`, which Salesforce would take for two.
    """
    return normal_text(convert_values(values, _to_joined), org_field)


def _to_joined(array: object) -> str | None:
    if _ARRAY.fullmatch(str(array)) is None:
        return None
    elements = _ELEMENTS.findall(str(array))
    choices = [re.sub(r"\\(.)", r"\1", one[1:-1], flags=re.DOTALL) if one[0] == '"' else one for one in elements]
    filled = [choice for choice, element in zip(choices, elements, strict=True) if element != "NULL"]
    return None if any(";" in choice for choice in filled) else ";".join(filled)


def _refuse(values: Series[Any], normal: Series[Any], org_field: OrgField) -> DataFrame:
    """Return the arrays that are no list of choices, and those with more characters than the org's field."""
    unread = find_unread(values, convert_values(values, _to_joined), _EXPECTED)
    return pd.concat([unread, refuse_text(values, normal, org_field)])


MULTIPICKLIST = Kind(
    name="multipicklist",
    org_types=frozenset({"multipicklist"}),
    postgres_type="text[]",
    staged_type="text[]",
    parse=_parse,
    normal=_normal,
    normal_held=normal_text,
    refuse=_refuse,
    expected=_EXPECTED,
    is_list=True,
)
