"""A value map: the labels of a picklist, and our codes for them."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass


class Quarantine:
    """The type of `QUARANTINE`: an unlisted label sends the row to quarantine."""

    def __repr__(self) -> str:
        return "QUARANTINE"


QUARANTINE = Quarantine()


@dataclass(frozen=True)
class ValueMap:
    """A two-column table, Salesforce label to our code, from `values/<name>.csv`."""

    name: str
    file: str
    codes: Dictionary[str, str]

    @property
    def is_one_to_one(self) -> bool:
        """Whether each code belongs to one label only, so that it can be sent back."""
        return len(set(self.codes.values())) == len(self.codes)

    def to_code(self, label: str) -> str:
        """Return our code for a label; the label itself where the map lacks it."""
        return self.codes.get(label, label)

    def to_label(self, code: str) -> str:
        """Return the label that people see in Salesforce for a code; the code itself where no one label has it."""
        labels = [label for label, one in self.codes.items() if one == code]
        return labels[0] if len(labels) == 1 else code
