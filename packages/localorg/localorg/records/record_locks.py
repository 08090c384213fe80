"""Record locks that tests set: writes of locked records fail as if another user were writing them."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from localorg.errors import OrgError, row_locked
from localorg.records.single.changes import to_record_id


class RecordLocks:
    """The ids that are locked. A record that refers to one of them cannot be written either, as its parent is locked
    with it."""

    def __init__(self) -> None:
        self._ids: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    @property
    def any(self) -> bool:
        """Return whether any record is locked."""
        return bool(self._ids)

    def lock(self, ids: Iterable[str]) -> list[str]:
        """Lock records; return all locked ids.

        Raises:
            OrgError: MALFORMED_ID.
        """
        added = {to_record_id(text) for text in ids}
        with self._lock:
            self._ids |= added
        return sorted(self._ids)

    def unlock(self) -> None:
        """Unlock all records."""
        self._ids = frozenset()

    def refusal(self, ids: Iterable[object]) -> OrgError | None:
        """Return UNABLE_TO_LOCK_ROW if one of these records is locked."""
        if not self._ids or not (locked := self._ids.intersection(ids)):
            return None
        names = ",".join(sorted(str(record_id) for record_id in locked))
        return row_locked(f" or {len(locked)} records: {names}")

    def check(self, ids: Iterable[object]) -> None:
        """Refuse a write if one of these records is locked.

        Raises:
            OrgError: UNABLE_TO_LOCK_ROW.
        """
        if (refusal := self.refusal(ids)) is not None:
            raise refusal
