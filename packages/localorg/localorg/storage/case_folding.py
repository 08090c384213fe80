"""How texts compare without regard to case. SQLite's NOCASE knows only ASCII."""

from __future__ import annotations

from typing import overload


@overload
def fold(text: str) -> str: ...
@overload
def fold(text: None) -> None: ...
def fold(text: str | None) -> str | None:
    """What a text is compared and sorted by: its capitals, sign by sign, as SOQL sorts in English locales.

    A letter without one capital of its own stands for itself (ß is not SS), and no letter beyond ASCII is one within.
    """
    if text is None:
        return None
    return text.upper() if text.isascii() else "".join(map(_capital, text))


def _capital(sign: str) -> str:
    capital = sign.upper()
    return capital if len(capital) == 1 and capital.isascii() == sign.isascii() else sign
