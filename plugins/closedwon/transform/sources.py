"""Columns with several sources: of each record, the first of the Salesforce fields that has a value. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.mapping.model import Field


def read_values(page: DataFrame, field: Field) -> Series[Any]:
    """Return the text of each record from the first of the field's sources that has one; missing where none has.

    A page of an org with one currency has no column for it: each record is in the default.
    """
    if field.currency is not None and field.salesforce not in page:
        return Series(field.currency.default, index=page.index, dtype="str")
    values = page[field.salesforce]
    for name in field.otherwise:
        values = values.fillna(page[name])
    return values


def tell_sources(page: DataFrame, field: Field) -> Iterator[tuple[Field, pd.Index[Any]]]:
    """Yield the sources that fill records of a page, each as a field by its name, with the labels of its records.

    A record without any value counts for the first source.
    """
    first = page[list(field.sources)].notna().idxmax(axis="columns")
    for name, records in page.groupby(first, sort=False):
        yield replace(field, salesforce=str(name)), records.index
