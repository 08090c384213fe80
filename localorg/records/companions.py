"""What goes along with the writes of some objects, as a document goes along with the first version of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sqlalchemy import Connection

from localorg.schema.model import Schema

Follow = Callable[[str], None]
"""Done with the record's id once the record is written."""


class Companion(Protocol):
    """Looks at what is to be written before anything else does, within the same transaction."""

    def accompany(
        self,
        connection: Connection,
        schema: Schema,
        given: Mapping[str, Any],
        user_id: str,
        existing: Mapping[str, Any] | None,
    ) -> tuple[Mapping[str, Any], Follow]:
        """What is written in place of `given`, and what is done afterwards; `existing` is None for a new record."""
        ...


def nothing(_record_id: str) -> None:
    """Follows the write of a record that is complete in itself."""
