"""Names of columns for Salesforce fields: snake case, each once, none that the load or Postgres needs itself."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator

from closedwon.mapping.model.names import LONGEST_NAME, OWN_COLUMNS, SYSTEM_COLUMNS

_SUFFIX = re.compile(r"__(c|pc|s)$", re.IGNORECASE)
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ENDINGS = {"date": (re.compile(r"_date$"), "_on"), "datetime": (re.compile(r"_(date|time|date_?time)$"), "_at")}
"""What the names of dates and times end in, by the field's type in the org."""


def to_snake(text: str) -> str:
    """Return a name or label in snake case, of ASCII letters and digits; empty where it has none."""
    plain = unicodedata.normalize("NFKD", _NEW_WORD.sub("_", text).casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


class ColumnNames:
    """The columns of one table that have a name, its own ones from the start.

    Args:
        taken: further ones that no field can have.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*OWN_COLUMNS, *SYSTEM_COLUMNS, *taken}

    def choose(self, name: str, org_type: str, beside: str = "") -> str:
        """Return a column for a Salesforce field, and keep it from all others.

        A field whose plain name is taken keeps the ending of its API name, as in `name_c` for `Name__c` beside `Name`.

        Args:
            beside: what the name of a column ends in that is made beside it, and must be free as well.
        """
        chosen = next(one for one in _candidates(name, org_type, len(beside)) if not {one, one + beside} & self._taken)
        self._taken |= {chosen, chosen + beside}
        return chosen


def _candidates(name: str, org_type: str, reserve: int) -> Iterator[str]:
    room = LONGEST_NAME - reserve
    plain = to_snake(_SUFFIX.sub("", name))
    if org_type in _ENDINGS:
        ending, ours = _ENDINGS[org_type]
        plain = ending.sub(ours, plain)
    whole = to_snake(name)
    yield from (one for one in (plain, whole) if len(one) <= room)
    for number in itertools.count(2):
        tail = f"_{number}"
        yield f"{plain[: room - len(tail)].rstrip('_')}{tail}"
