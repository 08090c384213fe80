"""Hooks that run with the writes of an object, as a document is created with the first version of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from localorg.records.record_context import RecordContext

AfterWrite = Callable[[str], None]
"""Done with the record's id once the record is written."""


@dataclass(frozen=True)
class Write:
    """A write by a client that is about to be made; `existing` is None for a new record."""

    context: RecordContext
    given: Mapping[str, Any]
    existing: Mapping[str, Any] | None


class WriteHook(Protocol):
    """Sees a write before anything else does, within the same transaction."""

    def before_write(self, write: Write) -> tuple[Mapping[str, Any], AfterWrite]:
        """Return the values to write in place of the given ones, and what to do after the write."""
        ...


def do_nothing(_record_id: str) -> None:
    """Do nothing after the write."""
