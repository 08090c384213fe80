"""Ids of Salesforce records."""

from __future__ import annotations

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def to_id18(record_id: str) -> str:
    """Return the 18-character form of a Salesforce id; one of 18 characters comes back as it is.

    The 15-character form is case-sensitive; each of the three added characters encodes the case of five others, so
    that the longer form also works in tools that ignore case.

    Raises:
        ValueError: the text has neither 15 nor 18 characters, or characters other than letters and digits.
    """
    if len(record_id) not in (15, 18) or not (record_id.isascii() and record_id.isalnum()):
        raise ValueError(f"'{record_id}' is not a Salesforce id: it needs 15 or 18 letters and digits.")
    if len(record_id) == 18:
        return record_id
    groups = (record_id[start : start + 5] for start in (0, 5, 10))
    return record_id + "".join(
        _CHECKSUM[sum(char.isupper() << bit for bit, char in enumerate(group))] for group in groups
    )
