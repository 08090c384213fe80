"""Kind `text`: any text, unchanged."""

from __future__ import annotations

from typing import Any

from pandas import Series

from closedwon.kinds.json_values import to_json
from closedwon.kinds.kind import Kind, OrgField

CHOICES = frozenset({"picklist", "combobox"})
"""The org's types that hold one choice out of a list."""


def parse_text(texts: Series[Any]) -> Series[Any]:
    """Return the texts unchanged, blanks included; missing where one holds a NUL, which Postgres cannot store."""
    return texts.mask(texts.str.contains("\0", regex=False))


def normal_text(values: Series[Any], org_field: OrgField) -> Series[Any]:
    """Return the texts as Salesforce keeps them: plain line ends, no blanks at the end.

    Salesforce returns the choices of a multipicklist in the picklist's order, whatever was sent, so they are sorted.
    """
    text = values.astype("str").str.replace("\r\n", "\n", regex=False).str.rstrip()
    text = text.mask(text == "")
    if org_field["type"] == "multipicklist":
        text = text.str.split(";").map(lambda choices: ";".join(sorted(choices)), na_action="ignore")
    return to_json(text)


TEXT = Kind(
    name="text",
    org_types=CHOICES
    | {"string", "textarea", "phone", "url", "email", "encryptedstring", "id", "time", "reference", "multipicklist"},
    postgres_type="text",
    staged_type="text",
    parse=parse_text,
    normal=normal_text,
    expected="a text without NUL characters",
    is_textual=True,
    also_holds=frozenset({"picklist"}),
)
