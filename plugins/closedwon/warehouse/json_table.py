"""A frame as a table in a statement: it travels as one JSON parameter, so it needs no temp table and no COPY."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import JSON, ColumnElement, TableValuedAlias, Text, cast, column, func, literal


def as_table(name: str, frame: pd.DataFrame, *like: ColumnElement[Any]) -> TableValuedAlias:
    """Return the rows of the frame as something to select from, under the name given.

    Args:
        like: for each column of the frame that is taken, a column of that name with the type it is to have.
    """
    columns = [column(str(model.key), model.type) for model in like]
    rows = literal(frame[[c.key for c in columns]].to_json(orient="records"), Text)
    return func.json_to_recordset(cast(rows, JSON)).table_valued(*columns, name=name).render_derived(with_types=True)
