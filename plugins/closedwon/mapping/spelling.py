"""Suggestions for misspelled names in mapping files. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(seen: str, known: Iterable[str]) -> str:
    """Return `" (did you mean 'x'?)"` with the nearest known name, to append to the name seen; "" for none.

    Case is ignored: `accountid` for `AccountId` is the most frequent mistake, and would not match otherwise.
    """
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(seen.casefold(), by_folded, n=1, cutoff=0.6)
    return f" (did you mean '{by_folded[near[0]]}'?)" if near else ""
