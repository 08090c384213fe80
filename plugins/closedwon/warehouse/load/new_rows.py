"""What a row gets when the import makes it, and what it keeps from then on: `receive.new` and `write: once`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import func

from closedwon.mapping.model import Mapping
from closedwon.warehouse.load.parents import Resolved
from closedwon.warehouse.new_columns import to_new_values


def keep_old_values(mapping: Mapping, resolved: Resolved, unfilled: Collection[str]) -> Resolved:
    """Return the same rows with the values of `receive.new`, and with the columns that existing rows keep.

    A column that is written once and new in the mapping is not among these, but filled where it is empty.

    Args:
        unfilled: the columns that existing rows have no values of the org in, where all records are loaded.
    """
    once = {name for field in mapping.received if field.is_written_once for name in field.columns}
    filled = once & {*unfilled}
    values = resolved.values | to_new_values(mapping)
    values |= {name: func.coalesce(resolved.held.c[name], values[name]) for name in filled}
    return replace(resolved, values=values, kept={*mapping.new_values} | once - filled, filled=filled)
