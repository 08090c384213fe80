"""Kind `reference`: a lookup, which holds a record's id in the org and that record's row id in the warehouse."""

from __future__ import annotations

from typing import Any

from pandas import Series

from closedwon.ids import to_id18
from closedwon.kinds.kind import Kind
from closedwon.kinds.text import normal_text, refuse_text


def parse_ids(texts: Series[Any]) -> Series[Any]:
    """Return Salesforce ids in their 18-character form, from 15 or 18 characters; missing for any other text."""
    is_plain = texts.str.fullmatch("[A-Za-z0-9]+")
    length = texts.str.len()
    ids = texts.where(is_plain & (length == 18))
    short = texts[is_plain & (length == 15)]
    return ids.fillna(short.map({one: to_id18(one) for one in short.unique()})) if len(short) else ids


REFERENCE = Kind(
    name="reference",
    org_types=frozenset({"reference"}),
    postgres_type="bigint",
    staged_type="character(18)",
    parse=parse_ids,
    normal=normal_text,
    refuse=refuse_text,
    expected="a Salesforce id of 15 or 18 characters",
    is_reference=True,
)
