"""Read quoted texts of a query, as values and as patterns of LIKE."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_LIKE_SIGNS = {"_": "_", "%": "%"}


class InvalidEscape(ValueError):
    """A backslash before a character that it does not escape."""


def to_text(raw: str) -> str:
    """Return the text that a literal stands for.

    Raises:
        InvalidEscape: see there.
    """
    return _unescape(raw, _SIGNS | _LIKE_SIGNS)


def to_pattern(raw: str) -> str:
    """Return the pattern for SQL's LIKE with `\\` as its escape: `\\_` and `\\%` stay escaped, a literal backslash
    gets one.

    Raises:
        InvalidEscape: see there.
    """
    escaped = {sign: "\\" + sign for sign in ("_", "%", "\\")}
    return _unescape(raw, _SIGNS | escaped)


def _unescape(raw: str, signs: dict[str, str]) -> str:
    text = _ESCAPE.sub(lambda found: _to_sign(found, signs), raw)
    try:
        # Two \u escapes may be the halves of one character.
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise InvalidEscape("invalid character escape: half a surrogate pair") from error


def _to_sign(found: re.Match[str], signs: dict[str, str]) -> str:
    escape = found[1]
    if escape.startswith("u") and len(escape) == 5:
        return chr(int(escape[1:], 16))
    sign = signs.get(escape) or signs.get(escape.lower())
    if sign is None:
        raise InvalidEscape(f"invalid character escape: \\{escape}")
    return sign
