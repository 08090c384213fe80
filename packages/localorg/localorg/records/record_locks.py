"""Records that somebody else is writing, for as long as a test wants it."""

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
        """Whether there are any."""
        return bool(self._ids)

    def lock(self, ids: Iterable[str]) -> list[str]:
        """All ids that are locked now.

        Raises:
            OrgError: MALFORMED_ID.
        """
        added = {to_record_id(text) for text in ids}
        with self._lock:
            self._ids |= added
        return sorted(self._ids)

    def unlock(self) -> None:
        """Every record can be written again."""
        self._ids = frozenset()

    def refusal(self, ids: Iterable[object]) -> OrgError | None:
        """UNABLE_TO_LOCK_ROW, if one of these is locked."""
        if not self._ids or not (locked := self._ids.intersection(ids)):
            return None
        told = ",".join(sorted(str(record_id) for record_id in locked))
        return row_locked(f" or {len(locked)} records: {told}")

    def check(self, ids: Iterable[object]) -> None:
        """Nothing, if none of these is locked.

        Raises:
            OrgError: UNABLE_TO_LOCK_ROW.
        """
        if (refusal := self.refusal(ids)) is not None:
            raise refusal
