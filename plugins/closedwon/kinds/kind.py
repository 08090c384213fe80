"""The class `Kind`: a field's type, of which each module in this package defines one instance."""

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

    To add a kind, add its module and a line in `KINDS`; `tests/kinds` tests every attribute.
    """

    name: str
    """Its name in mapping files."""
    org_types: frozenset[str]
    """The field types of the org's describe that it can hold without loss."""
    postgres_type: str
    """The type of its column in the warehouse, by Postgres's own name."""
    staged_type: str
    """The type of its column in the staging table, where a reference still holds a Salesforce id."""
    parse: Callable[[Series[Any]], Series[Any]]
    """Return typed values for a page's texts (dtype `str`), missing where a text is missing or cannot be read.

    The result has the index of the texts, and always the same dtype, even for an empty page.
    """
    normal: Callable[[Series[Any], OrgField], Series[Any]]
    """Return the values as they are sent and compared: JSON's own types (dtype `object`), None where empty."""
    expected: str
    """The end of the message "is not ..." about a text that `parse` cannot read; with an example."""
    is_textual: bool = False
    """Whether its values are texts: only these can have a value map, a length or a pattern."""
    is_numeric: bool = False
    """Whether a mean can be taken of its values."""
    is_reference: bool = False
    """Whether it holds a record's id in the org, and the id of our own row in the warehouse."""
    parse_bound: Callable[[object], float | datetime | None] | None = None
    """Return a bound of a suite file (a YAML scalar) as it is compared; None where it does not fit the type.

    None for a kind whose values have no order: it takes no bounds.
    """
    bound_expected: str = ""
    """The end of the message "must be ..." about a bound that does not fit; with an example."""
    limits: tuple[str, str] | None = None
    """The least and the greatest value that Salesforce can hold, as bounds; a value outside was misread."""
    also_holds: frozenset[str] = frozenset()
    """The names of the other kinds whose values its column can hold without loss."""
    find_loss: Callable[[OrgField], str | None] = lambda _: None
    """Return what this kind would drop of the org's field, as the end of "the field has ..."; None for nothing.

    Called only for fields whose type is one of `org_types`.
    """

    @property
    def is_ordered(self) -> bool:
        """Return whether its values have an order, so that a suite can set bounds."""
        return self.parse_bound is not None
