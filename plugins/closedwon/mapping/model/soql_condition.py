"""The form of a condition in SOQL, as far as it can be told without the org."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)
_BEGINNING = re.compile(r"\s*(SELECT|WHERE)\b", re.IGNORECASE)
_OTHER_CLAUSE = re.compile(r"\b(ORDER\s+BY|GROUP\s+BY|HAVING|LIMIT|OFFSET|ALL\s+ROWS)\b", re.IGNORECASE)


def _is_condition(seen: str) -> str:
    """Refuse what would end the parentheses that the condition is put in, or is more than a condition."""
    bare = _QUOTED.sub("", seen)
    if finding := _find_unfit(bare):
        raise PydanticCustomError("finding", "`where`: {finding}", {"finding": finding})
    return seen


def _find_unfit(bare: str) -> str | None:
    beginning, clause = _BEGINNING.match(bare), _OTHER_CLAUSE.search(bare)
    if beginning:
        return f"it begins with {beginning[1]}: write the condition alone, as in `where: \"Type != 'Competitor'\"`"
    if "'" in bare:
        return "a text is not closed: write '...' around each text, and \\' for an apostrophe in it"
    if _leaves_parentheses(bare):
        return "its parentheses do not match: close each one that is opened"
    if clause:
        return f"{clause[1]} is no condition: take it out, all records that meet the condition are received"
    return None


def _leaves_parentheses(bare: str) -> bool:
    depths = list(accumulate(((char == "(") - (char == ")") for char in bare), initial=0))
    return min(depths) < 0 or depths[-1] != 0


SoqlCondition = Annotated[str, AfterValidator(_is_condition)]
