"""The lines of a mapping file, each for one field of the org's describe."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from closedwon.kinds import KINDS, Kind
from closedwon.kinds.integer import INTEGER
from closedwon.kinds.number import WHOLE
from closedwon.kinds.reference import REFERENCE
from closedwon.kinds.text import TEXT
from closedwon.mapping.check import COMPOUND
from closedwon.mapping.model.names import ALWAYS_READ
from closedwon.mapping.suggest.column_names import ColumnNames
from closedwon.mapping.suggest.parents import Parents
from closedwon.mapping.suggest.picklists import suggest_codes

Described = Dictionary[str, Any]

_OF_THE_READER = ("lastvieweddate", "lastreferenceddate")
_KEPT_ID = "_salesforce_id"
_NAMED = 3
"""So many objects are named of those that a field refers to."""


@dataclass(frozen=True)
class FieldLine:
    """One line below `fields`."""

    salesforce: str
    column: str
    type: str
    direction: str = "receive"
    required: bool = False
    references: str | tuple[str, ...] = ()
    note: str = ""
    codes: Dictionary[str, str] = field(default_factory=dict)
    """For a value map, what records hold to our code."""


def make_lines(describe: Described, parents: Parents) -> list[FieldLine]:
    """Return a line for each field that can be received: the record's name first, then in the order of the describe."""
    names = ColumnNames()
    mapped = [seen for seen in describe["fields"] if not is_always_read(seen) and not why_left_out(seen)]
    return [_make_line(seen, names, parents) for seen in sorted(mapped, key=lambda seen: not _is_name(seen))]


def is_always_read(seen: Described) -> bool:
    """Return whether each mapping reads the field anyway."""
    return str(seen["name"]).casefold() in ALWAYS_READ


def why_left_out(seen: Described) -> str:
    """Return why a field gets no line; empty where it gets one."""
    if seen["type"] in COMPOUND:
        return "a compound field, its parts are fields of their own"
    if seen["name"].casefold() in _OF_THE_READER:
        return "when the integration user itself looked at the record"
    return "" if _fitting(seen) else f"{seen['type']}, which no type holds"


def _make_line(seen: Described, names: ColumnNames, parents: Parents) -> FieldLine:
    if seen["type"] == "reference":
        return _make_reference(seen, names, parents)
    return FieldLine(
        seen["name"],
        names.choose(seen["name"], seen["type"]),
        choose_kind(seen).name,
        required=_is_name(seen) and not seen.get("nillable", True),
        note=_to_note(seen.get("inlineHelpText"), *_remarks(seen)),
        codes=suggest_codes(seen),
    )


def _make_reference(seen: Described, names: ColumnNames, parents: Parents) -> FieldLine:
    name, targets, helped = seen["name"], seen.get("referenceTo") or (), seen.get("inlineHelpText")
    tables = tuple(parents.tables[target] for target in targets if target in parents.tables)
    if not tables:
        is_circular = bool(parents.circular & set(targets))
        remark = f"id of a record of {_listed(targets)}, " + (
            "whose table refers to this one" if is_circular else "not mapped: write `receive` to keep the id as text"
        )
        column, direction = names.choose(name, "reference"), "receive" if is_circular else "none"
        return FieldLine(name, column, TEXT.name, direction, note=_to_note(helped, remark))
    # Nobody waits for what may be hidden, or may come in the same run: the record's own object, what the system sets.
    is_list = len(targets) > 1 or parents.table in tables or not seen.get("createable", True)
    column = names.choose(name, "reference", beside=_KEPT_ID if is_list else "")
    return FieldLine(name, column, REFERENCE.name, references=tables if is_list else tables[0], note=_to_note(helped))


def _fitting(seen: Described) -> list[Kind]:
    return [kind for kind in KINDS.values() if seen["type"] in kind.org_types and not kind.find_loss(seen)]


def choose_kind(seen: Described) -> Kind:
    """Return the kind that is for the fewest of the org's types; a whole number only where the org holds no other.

    A number field may hold decimals that it does not show.
    """
    if seen["type"] in WHOLE:
        return INTEGER
    return min(_fitting(seen), key=lambda kind: (len(kind.org_types), kind is INTEGER))


def _is_name(seen: Described) -> bool:
    """Return whether the field is what the record is called, and no part of that as a person's last name is."""
    return bool(seen.get("nameField")) and seen.get("compoundFieldName") in (None, seen["name"])


def _remarks(seen: Described) -> Sequence[str]:
    is_formula = seen.get("calculated") and seen.get("calculatedFormula") is not None
    return ["a formula: it is read again when the record itself changes"] if is_formula else []


def _listed(targets: Sequence[str]) -> str:
    if not targets:
        return "an object that our user does not see"
    more = f" and {len(targets) - _NAMED} more" if len(targets) > _NAMED else ""
    return " or ".join(targets[:_NAMED]) + more


def _to_note(*parts: str | None) -> str:
    """Return the parts in one line, without signs that YAML does not take or that nobody sees."""
    return "; ".join(line for part in parts if (line := _to_line(part or "")))


def _to_line(text: str) -> str:
    words = ("".join(filter(str.isprintable, word)) for word in text.split())
    return " ".join(filter(None, words))
