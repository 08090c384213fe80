"""The form that every data set is read into: tables of text, whose references are keys of the data set itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Row = dict[str, str]
"""Field name to text; empty text is null. `Id` holds the key by which other rows refer to this one."""


class DataError(ValueError):
    """A data set that cannot be loaded; the message says which file, row and value."""


@dataclass
class Table:
    """The rows of one object from one source."""

    sobject: str
    source: str
    rows: Iterable[Row]
    """Gone through several times; a large file is read anew each time, so that it takes no room."""
    lookups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Reference field to the names of the tables whose keys it holds."""
    name: str = ""
    """By which lookups mean this table; the object, if there is no other."""

    def __post_init__(self) -> None:
        self.name = self.name or self.sobject
