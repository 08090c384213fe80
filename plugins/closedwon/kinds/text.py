"""Kind `text`: any text, unchanged."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.ids import to_id18
from closedwon.kinds.json_values import convert_values
from closedwon.kinds.kind import Kind, OrgField
from closedwon.kinds.unfit import TOO_LONG, UNREADABLE, to_unfit

CHOICES = frozenset({"picklist", "combobox"})
"""The org's types that hold one choice out of a list."""


def parse_text(texts: Series[Any]) -> Series[Any]:
    """Return the texts unchanged, blanks included; missing where one holds a NUL, which Postgres cannot store."""
    return texts.mask(texts.str.contains("\0", regex=False))


def normal_text(values: Series[Any], org_field: OrgField) -> Series[Any]:
    """Return the texts as Salesforce keeps them, by the field's type; None where nothing is left.

    Line ends are plain. Blanks of any kind go from both ends, but a text area keeps those at its beginning. E-mail
    addresses are in small letters, ids in their 18-character form. The choices of a multipicklist come back in the
    picklist's order, whatever was sent, so they are sorted.
    """
    to_kept = _KEPT.get(org_field["type"], str.strip)
    return convert_values(values, lambda value: to_kept(_to_plain(value)) or None)


def _to_plain(value: object) -> str:
    """Return the text with plain line ends, and U+FFFD for what neither UTF-8 nor Postgres can hold."""
    text = str(value).replace("\r\n", "\n")
    return text if text.isascii() and "\0" not in text else _UNHELD.sub("\ufffd", text)


def _to_choices(text: str) -> str:
    return ";".join(sorted({choice for part in text.split(";") if (choice := part.strip())}))


def _to_id(text: str) -> str:
    try:
        return to_id18(text.strip())
    except ValueError:
        return text.strip()


_UNHELD = re.compile("[\0\ud800-\udfff]")

_KEPT: Dictionary[str, Callable[[str], str]] = {
    "textarea": str.rstrip,
    "email": lambda text: text.strip().lower(),
    "multipicklist": _to_choices,
    "reference": _to_id,
    "id": _to_id,
}
"""What Salesforce makes of a text, by the field's type in the org; of all others, `str.strip`."""


def refuse_text(values: Series[Any], normal: Series[Any], org_field: OrgField) -> DataFrame:
    """Return the texts that hold NUL or half a surrogate pair, or more characters than the org's field."""
    texts = values.dropna()
    broken = texts[convert_values(texts, lambda value: _UNHELD.search(str(value)) is not None).astype(bool)]
    unread = to_unfit(UNREADABLE, Series("is not a text without NUL characters and half characters", broken.index))
    longest = org_field.get("length") or 0
    if not longest:
        return unread
    lengths = normal.dropna().map(len)
    reasons = "has " + lengths[lengths > longest].astype("str") + f" characters, and the field holds {longest}"
    return pd.concat([unread, to_unfit(TOO_LONG, reasons)])


TEXT = Kind(
    name="text",
    org_types=CHOICES
    | {"string", "textarea", "phone", "url", "email", "encryptedstring", "id", "time", "reference", "multipicklist"},
    postgres_type="text",
    staged_type="text",
    parse=parse_text,
    normal=normal_text,
    refuse=refuse_text,
    expected="a text without NUL characters",
    is_textual=True,
    also_holds=frozenset({"picklist"}),
)
