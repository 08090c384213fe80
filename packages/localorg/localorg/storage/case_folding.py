"""Case-insensitive comparison of texts. SQLite's NOCASE covers ASCII only."""

from __future__ import annotations

from typing import overload


@overload
def fold(text: str) -> str: ...
@overload
def fold(text: None) -> None: ...
def fold(text: str | None) -> str | None:
    """Return the text in upper case, character by character, as SOQL compares and sorts in English locales.

    A letter without one capital of its own stands for itself (ß is not SS), and no letter beyond ASCII is one within.
    """
    if text is None:
        return None
    return text.upper() if text.isascii() else "".join(map(_capital, text))


def _capital(sign: str) -> str:
    capital = sign.upper()
    return capital if len(capital) == 1 and capital.isascii() == sign.isascii() else sign
