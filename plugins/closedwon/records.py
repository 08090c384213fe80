"""The few shapes that several layers share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

RejectClass = Literal["transient", "waits_for_parent", "needs_data", "needs_admin", "never"]
"""Why a row cannot be written, named by what has to happen before it can:
a repeat, its parent's arrival, a correction of its data, an administrator's act, nothing."""

REJECT_COLUMNS = (
    "salesforce_id",  # 18 characters
    "system_modstamp",  # timestamp, UTC
    "class",  # a RejectClass
    "field",  # Salesforce API name, or "" where the whole record is meant
    "value",  # what was seen, as text, or None
    "reason",  # what was seen, where, why it matters, what to do: for a person
    "waits_for_table",  # warehouse table of the missing parent, or None
    "waits_for_id",  # Salesforce id of the missing parent, or None
)
"""The columns of every frame of rejects, one row per record and fault."""

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def to_id18(record_id: str) -> str:
    """The 18-character form of a Salesforce id; ids of 18 characters come back as they are.

    The 15-character form tells ids apart by upper and lower case alone; the three added characters carry the
    case of five characters each, so that the longer form survives tools that fold case.

    Raises:
        ValueError: the text has neither 15 nor 18 characters, or signs other than letters and digits.
    """
    if len(record_id) not in (15, 18) or not (record_id.isascii() and record_id.isalnum()):
        raise ValueError(f"'{record_id}' is not a Salesforce id: it needs 15 or 18 letters and digits.")
    if len(record_id) == 18:
        return record_id
    groups = (record_id[start : start + 5] for start in (0, 5, 10))
    return record_id + "".join(
        _CHECKSUM[sum(char.isupper() << bit for bit, char in enumerate(group))] for group in groups
    )


@dataclass(frozen=True)
class Counts:
    """What became of the records of one object in one run: `read = written + unchanged + rejected`."""

    read: int = 0
    written: int = 0
    unchanged: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))
