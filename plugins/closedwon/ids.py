"""Ids of Salesforce records."""

from __future__ import annotations

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def to_id18(record_id: str) -> str:
    """Return the 18-character form of a Salesforce id, its letters in their case.

    The 15-character form is case-sensitive; each of the three added characters encodes the case of five others, so
    that the longer form also works in tools that ignore case. One of 18 whose checksum fits no case stays as it is.

    Raises:
        ValueError: the text has neither 15 nor 18 characters, or characters other than letters and digits.
    """
    if len(record_id) not in (15, 18) or not (record_id.isascii() and record_id.isalnum()):
        raise ValueError(f"'{record_id}' is not a Salesforce id: it needs 15 or 18 letters and digits.")
    if len(record_id) == 15:
        return record_id + _to_checksum(record_id)
    checksum = record_id[15:].upper()
    capitals = sum(_CHECKSUM.find(char) << 5 * place for place, char in enumerate(checksum))
    cased = "".join(
        char.upper() if capitals >> place & 1 else char.lower() for place, char in enumerate(record_id[:15])
    )
    return cased + checksum if _to_checksum(cased) == checksum else record_id


def _to_checksum(id15: str) -> str:
    groups = (id15[start : start + 5] for start in (0, 5, 10))
    return "".join(_CHECKSUM[sum(char.isupper() << bit for bit, char in enumerate(group))] for group in groups)
