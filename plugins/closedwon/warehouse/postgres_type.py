"""Types of columns by the names that Postgres has for them, as each kind of field gives them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.types import UserDefinedType


class PostgresType(UserDefinedType[Any]):
    """A type by its name in Postgres, such as `timestamp with time zone`; values pass as the driver has them."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """Return the name, which is what a statement needs."""
        return self.name
