"""Write numbers as Salesforce does: with an exponent from 10,000,000 on, and below 0.001."""

from __future__ import annotations

import re
from decimal import Decimal

FIRST_WITH_EXPONENT, LAST_WITHOUT = 1e7, 1e-3
_TEXT_OR_NUMBER = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?', re.DOTALL)
_MAY_HAVE_EXPONENT = re.compile(r":[ -]*(?:\d{8,}\.|0\.000|\d(?:\.\d+)?e)")
"""Most answers hold no such number. That it begins with a colon makes the search many times as fast."""


def to_number_text(number: float) -> str:
    """Return a number that is no whole one by its type: 161.5, 1.6147805824397E13, 5.0."""
    if number == 0 or LAST_WITHOUT <= abs(number) < FIRST_WITH_EXPONENT:
        return repr(number)
    digits, _, exponent = f"{Decimal(repr(number)).normalize():E}".partition("E")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def with_exponents(json_text: str) -> str:
    """Return the JSON with its fractional numbers as `to_number_text` writes them."""
    if not _MAY_HAVE_EXPONENT.search(json_text):
        return json_text
    return _TEXT_OR_NUMBER.sub(lambda found: _written(found[0]), json_text)


def _written(token: str) -> str:
    is_fractional = token[0] != '"' and ("." in token or "e" in token)
    return to_number_text(float(token)) if is_fractional else token
