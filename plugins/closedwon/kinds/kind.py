"""What a field's type is: the one shape that every module beside this one fills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pandas import Series

OrgField = Mapping[str, Any]
"""One entry of `fields` in the org's describe: `name`, `type`, `scale` and more."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A field's type, with everything that depends on it. Nothing outside of `kinds` lists the types.

    Adding one is adding a module and its line in `KINDS`; `tests/kinds` demands every part of it.
    """

    name: str
    """What a mapping file calls it."""
    org_types: frozenset[str]
    """The types of describe whose every value it can hold."""
    postgres_type: str
    """Its column in the warehouse, by Postgres's own name of the type."""
    staged_type: str
    """The same column while it is staged, where a reference still holds a Salesforce id."""
    parse: Callable[[Series[Any]], Series[Any]]
    """Return typed values for a page's texts (dtype `str`), missing where a text is missing or cannot be read.

    The result has the index of the texts, and one dtype whatever they are, also where there are none.
    """
    normal: Callable[[Series[Any], OrgField], Series[Any]]
    """Return the values as they are sent and compared: JSON's own types (dtype `object`), None where empty."""
    expected: str
    """The end of "is not ...", said of a text that `parse` cannot read; with an example."""
    is_textual: bool = False
    """Whether its values are texts: only these can have a value map, a length or a pattern."""
    is_numeric: bool = False
    """Whether a mean can be taken of its values."""
    is_reference: bool = False
    """Whether it holds a record's id in the org, and the id of our own row in the warehouse."""
    parse_bound: Callable[[object], float | datetime | None] | None = None
    """Return what a bound of a suite file (a YAML scalar) is compared as, None where it does not fit the type.

    Only the types whose values have an order take bounds.
    """
    bound_expected: str = ""
    """The end of "must be ...", said of a bound that does not fit; with an example."""
    limits: tuple[str, str] | None = None
    """The first and the last value that Salesforce can hold, as bounds; what lies outside was misread on the way."""
    also_holds: frozenset[str] = frozenset()
    """The names of the other kinds whose every value its column can hold."""
    find_loss: Callable[[OrgField], str | None] = lambda _: None
    """Return what the org's field has and the type would drop, as the end of "the field has ..."; None where nothing.

    Asked only of fields whose type is one of `org_types`.
    """

    @property
    def is_ordered(self) -> bool:
        """Whether of two of its values one is the greater."""
        return self.parse_bound is not None
