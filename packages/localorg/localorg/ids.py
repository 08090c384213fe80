"""Salesforce ids: 3 characters of the object, 3 of the instance, 9 of a number in base 62, and 3 of checksum."""

from __future__ import annotations

import string
from functools import lru_cache
from itertools import product

INSTANCE = "Lo0"
"""The three characters after the key prefix, which in Salesforce identify the instance that created the record."""

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CASES = bytes(ord("1") if chr(code) in string.ascii_uppercase else ord("0") for code in range(256))
"""Each character as 1 if it is an upper case letter, else 0."""
_SIGNS = {
    "".join(cases).encode(): _CHECKSUM[sum(int(case) << bit for bit, case in enumerate(cases))]
    for cases in product("01", repeat=5)
}
"""The checksum character for the cases of five characters."""
_PAIRS = [high + low for high in _BASE62 for low in _BASE62]
"""Two digits at a time, because ids are made and checked by the hundred thousand."""
_PAIR_VALUES = {pair: value for value, pair in enumerate(_PAIRS)}


def to_id18(record_id: str) -> str | None:
    """Return the id with its checksum and in its right case, or None where the text cannot be an id.

    The 15-character form tells ids apart by case alone. The 18-character form may come in any case: its checksum
    says which of the first 15 are upper case.
    """
    if len(record_id) not in (15, 18) or not (record_id.isascii() and record_id.isalnum()):
        return None
    body = record_id[:15]
    whole = body + _checksum(body)
    if len(record_id) == 15 or record_id == whole:
        return whole
    cased = _with_case_of(body, record_id[15:].upper())
    return None if cased is None else cased + _checksum(cased)


def make_id(key_prefix: str, number: int) -> str:
    """Return the 18-character id of the object's `number`-th record; ids of one object sort by their number."""
    high, pair = divmod(number, len(_PAIRS))
    stem, signs = _stem(key_prefix, high)
    body = stem + _PAIRS[pair]
    return body + signs + _SIGNS[body[10:].encode().translate(_CASES)]


@lru_cache(maxsize=1_024)
def _stem(key_prefix: str, number: int) -> tuple[str, str]:
    """Return the first 13 characters, which many records share, and the checksum characters for the first ten of
    them.
    """
    digits = ""
    for _ in range(3):
        number, pair = divmod(number, len(_PAIRS))
        digits = _PAIRS[pair] + digits
    stem = f"{key_prefix}{INSTANCE}{_BASE62[number]}{digits}"
    return stem, _checksum(stem + "00")[:2]


def number_of(record_id: str) -> int:
    """Return the number inside an id that `make_id` made."""
    number = _BASE62.index(record_id[6])
    for start in range(7, 15, 2):
        number = number * len(_PAIRS) + _PAIR_VALUES[record_id[start : start + 2]]
    return number


def custom_key_prefix(number: int) -> str:
    """Return the key prefix of the `number`-th custom object: a00, a01 ... a0Z, a0a ...; zzz is never reached."""
    high, low = divmod(number, 62)
    return f"a{_BASE62[high]}{_BASE62[low]}"


def _checksum(body: str) -> str:
    cases = body.encode().translate(_CASES)
    return _SIGNS[cases[:5]] + _SIGNS[cases[5:10]] + _SIGNS[cases[10:]]


def _with_case_of(body: str, checksum: str) -> str | None:
    if any(char not in _CHECKSUM for char in checksum):
        return None
    flags = [_CHECKSUM.index(char) >> bit & 1 for char in checksum for bit in range(5)]
    cased = "".join(char.upper() if flag else char.lower() for char, flag in zip(body, flags, strict=True))
    has_upper_digit = any(flag and char.isdigit() for char, flag in zip(body, flags, strict=True))
    return None if has_upper_digit else cased
