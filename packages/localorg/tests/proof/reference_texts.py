"""How SOQL reads and compares texts, as its reference has it.

Texts are compared and sorted without regard to case, by the UTF-8 of their capitals, as SOQL's reference says
of English locales: `_` comes after the letters. A text is folded sign by sign: a letter without a capital of its own
stands for itself (ß is not SS), and a letter beyond ASCII is never one within (ı is not I).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_WILD = {"%": ".*", "_": "."}


def fold(text: str) -> str:
    """What a text is compared and sorted by."""
    return "".join(_capital(sign) for sign in text)


def to_text(raw: str) -> str:
    """The text that a literal stands for."""
    return "".join(sign for sign, _ in _signs(raw))


def is_like(text: str, raw_pattern: str) -> bool:
    """Whether the text is of the pattern: `%` is any text, `_` any one sign, and both are plain behind a backslash."""
    parts = [
        _WILD[sign] if sign in _WILD and not is_escaped else re.escape(_capital(sign))
        for sign, is_escaped in _signs(raw_pattern)
    ]
    return re.fullmatch("".join(parts), fold(text), re.DOTALL) is not None


def _capital(sign: str) -> str:
    capital = sign.upper()
    return capital if len(capital) == 1 and capital.isascii() == sign.isascii() else sign


def _signs(raw: str) -> Iterator[tuple[str, bool]]:
    """The signs of a literal, each with whether a backslash stood before it."""
    at = 0
    while at < len(raw):
        if raw[at] != "\\":
            yield raw[at], False
            at += 1
        elif raw[at + 1] == "u":
            yield chr(int(raw[at + 2 : at + 6], 16)), True
            at += 6
        else:
            yield _SIGNS.get(raw[at + 1].lower(), raw[at + 1]), True
            at += 2
