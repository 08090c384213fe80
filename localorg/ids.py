"""Salesforce ids: 3 characters of the object, 3 of the instance, 9 of a number in base 62, and 3 of checksum."""

from __future__ import annotations

import string
from functools import lru_cache

INSTANCE = "Lo0"
"""The three characters after the key prefix, which in Salesforce tell the instance that made the record."""

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_NUMBER_LENGTH = 9


def to_id18(record_id: str) -> str | None:
    """The id with its checksum and in its right case, or None where the text cannot be an id.

    The 15-character form tells ids apart by case alone. The 18-character form may come in any case: its checksum
    says which of the first 15 are upper case.
    """
    if len(record_id) not in (15, 18) or not (record_id.isascii() and record_id.isalnum()):
        return None
    if len(record_id) == 15:
        return record_id + _checksum(record_id)
    cased = _with_case_of(record_id[:15], record_id[15:].upper())
    return None if cased is None else cased + _checksum(cased)


def make_id(key_prefix: str, number: int) -> str:
    """The 18-character id of the object's `number`-th record; ids of one object sort by their number."""
    digits = []
    for _ in range(_NUMBER_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    body = key_prefix + INSTANCE + "".join(reversed(digits))
    return body + _checksum(body)


def number_of(record_id: str) -> int:
    """The number inside an id that `make_id` made."""
    number = 0
    for char in record_id[6:15]:
        number = number * 62 + _BASE62.index(char)
    return number


def custom_key_prefix(number: int) -> str:
    """The key prefix of the `number`-th custom object: a00, a01 ... a0Z, a0a ... zzz is never reached."""
    high, low = divmod(number, 62)
    return f"a{_BASE62[high]}{_BASE62[low]}"


def _checksum(body: str) -> str:
    return _sign(body[:5]) + _sign(body[5:10]) + _sign(body[10:])


@lru_cache(maxsize=4_096)
def _sign(group: str) -> str:
    """The sign for the upper case letters of five; the first groups of an object's ids are always the same."""
    return _CHECKSUM[sum(char.isupper() << bit for bit, char in enumerate(group))]


def _with_case_of(body: str, checksum: str) -> str | None:
    if any(char not in _CHECKSUM for char in checksum):
        return None
    flags = [_CHECKSUM.index(char) >> bit & 1 for char in checksum for bit in range(5)]
    cased = "".join(char.upper() if flag else char.lower() for char, flag in zip(body, flags, strict=True))
    has_upper_digit = any(flag and char.isdigit() for char, flag in zip(body, flags, strict=True))
    return None if has_upper_digit else cased
