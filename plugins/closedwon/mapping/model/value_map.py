"""A value map: the labels of a picklist, and our codes for them."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from functools import cached_property

VALUE_MAPS_TABLE = "crm.value_maps"
"""The table that holds the entries of all value maps, for people to join."""


class Quarantine:
    """The type of `QUARANTINE`: an unlisted label sends the row to quarantine."""

    def __repr__(self) -> str:
        return "QUARANTINE"


QUARANTINE = Quarantine()


def fold_label(label: str) -> str:
    """Return a label as Salesforce compares it: without blanks at its ends, and without regard to case."""
    return label.strip().casefold()


@dataclass(frozen=True)
class ValueMap:
    """A two-column table, Salesforce label to our code, from `values/<name>.csv`.

    A label here is what records hold, the API value of a choice; people may see another text for it.
    """

    name: str
    file: str
    codes: Dictionary[str, str]

    @property
    def is_one_to_one(self) -> bool:
        """Whether each code belongs to one label only, so that it can be sent back."""
        return len(set(self.codes.values())) == len(self.codes)

    def find_code(self, label: str) -> str | None:
        """Return our code for a label, compared as Salesforce does; None where the map lacks it."""
        return self._codes_by_folded.get(fold_label(label))

    def to_code(self, label: str) -> str:
        """Return our code for a label; the label itself where the map lacks it."""
        code = self.find_code(label)
        return label if code is None else code

    def to_label(self, code: str) -> str:
        """Return the label that people see in Salesforce for a code; the code itself where no one label has it."""
        labels = [label for label, one in self.codes.items() if one == code]
        return labels[0] if len(labels) == 1 else code

    @cached_property
    def _codes_by_folded(self) -> dict[str, str]:
        return {fold_label(label): code for label, code in self.codes.items()}
