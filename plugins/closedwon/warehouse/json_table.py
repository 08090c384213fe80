"""Frames as tables in SQL statements: passed as one JSON parameter, without a temporary table or COPY."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import JSON, ColumnElement, TableValuedAlias, Text, cast, column, func, literal


def as_table(name: str, frame: pd.DataFrame, *like: ColumnElement[Any]) -> TableValuedAlias:
    """Return the rows of the frame as a table expression of that name.

    Args:
        like: a column for each one to take from the frame, with its name and the type to cast to.
    """
    columns = [column(str(model.key), model.type) for model in like]
    rows = literal(frame[[c.key for c in columns]].to_json(orient="records"), Text)
    return func.json_to_recordset(cast(rows, JSON)).table_valued(*columns, name=name).render_derived(with_types=True)
