"""The remedy for a slip of the pen: the known name that comes nearest to what was written."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(seen: str, known: Iterable[str]) -> str:
    """Return `" (did you mean 'x'?)"` with the nearest known name, to be put behind the name seen; "" for none.

    Case is left aside: `accountid` for `AccountId` is the most frequent slip, and by letters alone far off.
    """
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(seen.casefold(), by_folded, n=1, cutoff=0.6)
    return f" (did you mean '{by_folded[near[0]]}'?)" if near else ""
