"""Refuse records of a collection before any of those that are handled with them is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from localorg.errors import OrgError
from localorg.rest.records import attributes_of, record_fields
from localorg.state.instance import Instance

Record = dict[str, Any]


class CollectionChecks:
    """Checks of the records of one call.

    Consecutive records of one object are a chunk: Salesforce looks up the parents of all of them before it writes one.

    Args:
        sobject_of: the object of a record.
        repeated: the errors of the records whose id or key comes twice, by position.
    """

    def __init__(
        self,
        instance: Instance,
        records: Sequence[Record],
        sobject_of: Callable[[Record], str],
        repeated: dict[int, OrgError],
    ) -> None:
        self._instance = instance
        self._records = records
        self._sobject_of = sobject_of
        self._refused = repeated | {
            position: _without_attributes() for position, record in enumerate(records) if not attributes_of(record)
        }

    def check(self, position: int) -> None:
        """Raise the error of the record at this position; called for one after the other, in order."""
        if position == 0 or self._type(position) != self._type(position - 1):
            self._check_own_parents(position)
        if position in self._refused:
            raise self._refused[position]

    def _check_own_parents(self, start: int) -> None:
        for position in range(start, len(self._records)):
            if self._type(position) != self._type(start):
                return
            if position not in self._refused:
                try:
                    record = self._records[position]
                    self._instance.org.check_own_parents(self._sobject_of(record), record_fields(record))
                except OrgError as error:
                    self._refused[position] = error

    def _type(self, position: int) -> str:
        return type_in(self._records[position])


def type_in(record: Record) -> str:
    """Return the object that the attributes name, in lower case; empty where they name none."""
    return str(attributes_of(record).get("type", "")).lower()


def _without_attributes() -> OrgError:
    message = "Nested object for polymorphic foreign key must have an attributes field before any other fields."
    return OrgError(400, "JSON_PARSER_ERROR", message)
