"""Column types by their names in Postgres, as each kind declares them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.types import UserDefinedType


class PostgresType(UserDefinedType[Any]):
    """A type by its name in Postgres, such as `timestamp with time zone`; values are passed to the driver unchanged."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name for DDL statements."""
        return self.name
