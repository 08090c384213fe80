"""Assign record ids per object, never one that loaded data already use."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from localorg.ids import INSTANCE, make_id, number_of
from localorg.schema.model import SObject
from localorg.storage.store import Store


class IdSequence:
    """Counts up per object. Only called inside `Store.writing`, which keeps callers apart.

    A transaction that is taken back leaves a gap, as it does in Salesforce.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: dict[str, int] = {}

    def next(self, connection: Connection, sobject: SObject) -> tuple[int, str]:
        """Return the next number, and the id made of it."""
        number = self._known(connection, sobject) + 1
        self._last[sobject.name] = number
        return number, make_id(sobject.key_prefix, number)

    def skip(self, connection: Connection, sobject: SObject, record_id: str) -> None:
        """Skip an id that came with the data, so that it is never assigned."""
        if record_id[:6] == sobject.key_prefix + INSTANCE:
            self._last[sobject.name] = max(self._known(connection, sobject), number_of(record_id))

    def _known(self, connection: Connection, sobject: SObject) -> int:
        if sobject.name not in self._last:
            column = self._store.table(sobject).c["Id"]
            ours = sobject.key_prefix + INSTANCE
            highest = connection.execute(select(func.max(column)).where(column > ours, column < ours + "~")).scalar()
            self._last[sobject.name] = number_of(highest) if highest else 0
        return self._last[sobject.name]
