"""Value maps from the choices of the org's picklists, as CSV."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping as Dictionary
from typing import Any

from closedwon.mapping.model.value_map import fold_label
from closedwon.mapping.reader.yaml_nodes import find_unheld
from closedwon.mapping.suggest.column_names import to_snake

MOST_CHOICES = 50
"""Longer lists hold codes of their own, such as time zones."""


def suggest_codes(seen: Dictionary[str, Any]) -> dict[str, str]:
    """Return a code for each choice of a picklist, by what records hold; empty where a value map is of no use.

    Choices that are no longer active count too, since records may still hold them. Each code is given once: two labels
    that differ in a sign alone, as `A+` and `A-`, stay two.
    """
    choices = [choice for choice in seen.get("picklistValues") or () if _is_text(choice["value"])]
    if seen["type"] != "picklist" or len(choices) > MOST_CHOICES or _holds_codes(seen, choices):
        return {}
    codes: dict[str, str] = {}
    folded: set[str] = set()
    for choice in choices:
        held = choice["value"].strip()
        if fold_label(held) not in folded:
            folded.add(fold_label(held))
            codes[held] = _choose_code(choice.get("label") or held, held, set(codes.values()))
    return codes


def to_csv(codes: Dictionary[str, str]) -> str:
    """Return the text of a value map's file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("label", "code"), *codes.items()])
    return text.getvalue()


def _is_text(value: object) -> bool:
    """Return whether a choice has a text that a value map can hold."""
    return isinstance(value, str) and bool(value.strip()) and not find_unheld(value)


def _holds_codes(seen: Dictionary[str, Any], choices: list[dict[str, Any]]) -> bool:
    """Return whether a standard field holds codes already, such as EUR where people see `EUR - Euro`."""
    return not seen.get("custom") and not any(choice["value"] == choice.get("label") for choice in choices)


def _choose_code(label: str, held: str, taken: set[str]) -> str:
    code = to_snake(label) or held
    numbered = (f"{code}_{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([code], numbered) if one not in taken)
