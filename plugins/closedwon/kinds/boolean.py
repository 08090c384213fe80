"""Kind `boolean`: a checkbox."""

from __future__ import annotations

from typing import Any

from pandas import Series

from closedwon.kinds.json_values import convert_values
from closedwon.kinds.kind import Kind, OrgField


def parse_boolean(texts: Series[Any]) -> Series[Any]:
    """Return booleans from the texts `true` and `false`; any other text is missing."""
    return texts.eq("true").astype("boolean").where(texts.isin(["true", "false"]))


_BOOLEANS = {True: True, False: False, "true": True, "false": False}


def _normal(values: Series[Any], _: OrgField) -> Series[Any]:
    """Return booleans, false where missing: a checkbox is never empty in Salesforce, which refuses a null for it."""
    return convert_values(values, _BOOLEANS.get).where(values.notna(), False)


BOOLEAN = Kind(
    name="boolean",
    org_types=frozenset({"boolean"}),
    postgres_type="boolean",
    staged_type="boolean",
    parse=parse_boolean,
    normal=_normal,
    expected="true or false",
)
