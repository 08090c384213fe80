"""Kind `boolean`: a checkbox."""

from __future__ import annotations

from typing import Any

from pandas import Series

from closedwon.kinds.kind import Kind, OrgField


def parse_boolean(texts: Series[Any]) -> Series[Any]:
    """Return true and false, from these words only."""
    return texts.eq("true").astype("boolean").where(texts.isin(["true", "false"]))


def _normal(values: Series[Any], _: OrgField) -> Series[Any]:
    """Return false where empty: a checkbox is never empty in Salesforce, and a null sent to it is refused."""
    return values.map({True: True, False: False}).fillna(False).astype(object)


BOOLEAN = Kind(
    name="boolean",
    org_types=frozenset({"boolean"}),
    postgres_type="boolean",
    staged_type="boolean",
    parse=parse_boolean,
    normal=_normal,
    expected="true or false",
)
