"""The class `Kind`: a field's type, of which each module in this package defines one instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pandas import DataFrame, Series

from closedwon.kinds.unfit import find_unread

OrgField = Mapping[str, Any]
"""One entry of `fields` in the org's describe: `name`, `type`, `length`, `precision`, `scale` and more."""


def is_equal(ours: Series[Any], held: Series[Any]) -> Series[bool]:
    """Return true where both are equal or both are missing."""
    return ours.eq(held) | (ours.isna() & held.isna())


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
    """Return our values as they are sent and compared: JSON's own types (dtype `object`).

    None where one is empty, and where it is no value of this kind. The values may be typed ones or the texts that
    Postgres writes, which alone hold whatever a column can: infinite dates, years beyond 9999, any number of digits.
    """
    expected: str
    """The end of the message "is not ..." about a text that `parse` cannot read; with an example."""
    normal_held: Callable[[Series[Any], OrgField], Series[Any]] | None = None
    """Return the org's values, as JSON gave them, in normal form. Default: `normal`.

    Only for a kind that fits our values to the field, which the org's need not.
    """
    refuse: Callable[[Series[Any], Series[Any], OrgField], DataFrame] | None = None
    """Return those of our values that the org's field cannot hold, with `UNFIT_COLUMNS`; given ours, then their normal
    form. Default: those that have no normal form.
    """
    is_same: Callable[[Series[Any], Series[Any]], Series[bool]] = is_equal
    """Return whether ours and the org's, both in normal form, are the same value."""
    is_textual: bool = False
    """Whether its values are texts: only these can have a value map, a length or a pattern."""
    is_numeric: bool = False
    """Whether a mean can be taken of its values."""
    is_reference: bool = False
    """Whether it holds a record's id in the org, and the id of our own row in the warehouse."""
    is_list: bool = False
    """Whether one value holds several choices: no label can be equal to it."""
    parse_bound: Callable[[object], float | datetime | None] | None = None
    """Return a bound of a suite file (a YAML scalar) as it is compared; None where it does not fit the type.

    None for a kind that takes no bounds: its values have no order, or are compared by Postgres alone.
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

    def to_held(self, values: Series[Any], org_field: OrgField) -> Series[Any]:
        """Return the org's values, as JSON gave them, in normal form."""
        return (self.normal_held or self.normal)(values, org_field)

    def find_unfit(self, values: Series[Any], normal: Series[Any], org_field: OrgField) -> DataFrame:
        """Return those of our values that the org's field cannot hold; see `refuse`."""
        if self.refuse is None:
            return find_unread(values, normal, self.expected)
        return self.refuse(values, normal, org_field)

    @property
    def is_ordered(self) -> bool:
        """Return whether its values have an order, so that a suite can set bounds."""
        return self.parse_bound is not None
