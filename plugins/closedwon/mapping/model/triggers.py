"""The kinds of trigger: one class for each, with its YAML, its check, and what fires.

A kind is a class that holds `field` and one key of its own, and is a member of `TriggerKind`. All the rest asks the
class: the loader for the YAML and the check, the rules (pandas) and the warehouse (SQL) for the values at which it
fires, the decisions for the reason that people read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Discriminator, Tag
from pydantic import Field as Schema
from pydantic.dataclasses import dataclass

from closedwon.mapping.model.mapping import Field
from closedwon.mapping.model.names import STRICT, FieldName
from closedwon.mapping.spelling import did_you_mean


@dataclass(frozen=True, config=STRICT)
class ChangesTo:
    """Picks a record when `field` comes to one of the labels."""

    key: ClassVar[str] = "changes_to"
    example: ClassVar[str] = "changes_to: [a value, ...]"

    field: FieldName
    """The field of the source that is watched."""
    changes_to: Annotated[tuple[str, ...], Schema(min_length=1)]
    """The labels, as people see them in Salesforce."""

    def find_unfit(self, field: Field) -> Iterator[str]:
        """Yield what speaks against watching this field: it holds several labels, or its value map lacks these."""
        yield from find_several(field)
        yield from find_unknown_labels(field, self.changes_to)

    def wanted(self, field: Field) -> frozenset[str]:
        """Return the column's values, as text, at which the trigger fires."""
        return frozenset(map(field.to_code, self.changes_to))

    def why_not(self, field: Field, value: str, rule: str) -> str:
        """Return the reason that is written down for a record at another value."""
        seen = f"'{field.to_label(value)}'" if value else "empty"
        wanted = " or ".join(f"'{label}'" for label in self.changes_to)
        return f"{field.salesforce} is {seen}; the rule {rule} waits for {wanted}."


@dataclass(frozen=True, config=STRICT)
class IsChecked:
    """Picks a record when the checkbox `field` is set."""

    key: ClassVar[str] = "is_checked"
    example: ClassVar[str] = "is_checked: true"

    field: FieldName
    """The checkbox of the source that is watched."""
    is_checked: Literal[True]
    """Always true: a rule picks records whose checkbox is set."""

    def find_unfit(self, field: Field) -> Iterator[str]:
        """Yield what speaks against watching this field: it is no checkbox."""
        if field.type != "boolean":
            yield (
                f"`is_checked` is for fields of type boolean, but {field.salesforce} is {field.type}: "
                f"write `{ChangesTo.example}`"
            )

    def wanted(self, field: Field) -> frozenset[str]:  # noqa: ARG002 - the same question for each kind
        """Return the column's values, as text, at which the trigger fires."""
        return frozenset({"true"})

    def why_not(self, field: Field, value: str, rule: str) -> str:  # noqa: ARG002 - the same question for each kind
        """Return the reason that is written down for a record whose checkbox is not set."""
        return f"{field.salesforce} is not checked; the rule {rule} waits until it is."


def _kind_of(seen: Any) -> str | None:
    if not isinstance(seen, dict):
        return type(seen).__name__
    kinds = [kind.__name__ for kind in TRIGGERS if kind.key in seen]
    return kinds[0] if len(kinds) == 1 else None


TriggerKind = Annotated[ChangesTo, Tag("ChangesTo")] | Annotated[IsChecked, Tag("IsChecked")]
TRIGGERS: tuple[type[TriggerKind], ...] = tuple(get_args(kind)[0] for kind in get_args(TriggerKind))
Trigger = Annotated[TriggerKind, Discriminator(_kind_of)]
"""The section `when` of a rule file: of one of the kinds, by the key that it has."""


def find_several(field: Field) -> Iterator[str]:
    """Yield what is wrong with a comparison of this field with one label: it holds several."""
    if field.kind.is_list:
        yield (
            f"{field.salesforce} is {field.type}, which holds several labels, so that it is never equal to one: name "
            "a field that holds one, such as a formula or a checkbox in Salesforce that looks for the label"
        )


def find_unknown_labels(field: Field, labels: tuple[str, ...]) -> Iterator[str]:
    """Yield each label that the field's value map lacks, so that the warehouse never holds a code for it."""
    for label in labels:
        if field.values and field.values.find_code(label) is None:
            known = field.values.codes
            seen = f"{field.salesforce} = '{label}' is not one of the {len(known)} labels of {field.values.file}"
            yield (
                f"{seen}{did_you_mean(label, known)}, so the warehouse never holds it. "
                "Correct it, or add the label there."
            )
