"""Record lifecycle: delete, undelete, merge, recycle bin, replication, and writes that become visible later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from localorg.errors import OrgError
from localorg.faults import Fault
from localorg.lifecycle.delayed_visibility import DelayedWrites
from localorg.lifecycle.deletes import Deletes
from localorg.lifecycle.merges import Merged, Merges
from localorg.lifecycle.recycle_bin import RecycleBin
from localorg.lifecycle.replication import Deleted, Replication, Updated
from localorg.lifecycle.undeletes import Undeletes
from localorg.records.single.writes import Writes
from localorg.schema.model import SObject
from localorg.storage.schema_catalogue import Catalogue
from localorg.storage.store import Store


class Lifecycle:
    """Deletes, restores and merges the records of one org, and reports what was changed and deleted.

    Args:
        user_id: the user who acts where a call names none.
    """

    def __init__(
        self, store: Store, clock: Callable[[], datetime], catalogue: Catalogue, writes: Writes, user_id: str
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._writes = writes
        self._user_id = user_id
        self._bin = RecycleBin(store, clock)
        self._delayed = DelayedWrites(store, clock)
        self._deletes = Deletes(store, writes, self._bin)
        self._undeletes = Undeletes(store, writes, self._bin)
        self._merges = Merges(store, writes, self._bin)
        self._replication = Replication(store, clock, self._bin, self._delayed)

    def apply_due_changes(self) -> None:
        """Show the delayed writes that are due by the org's clock, and remove what has expired in the recycle bin."""
        self._delayed.apply_due(self._catalogue.whole)
        self._bin.expire(self._catalogue.whole)

    def unseen(self, sobject: SObject) -> Select[Any] | None:
        """Select the ids of the object's records that are created but not visible yet; None where there are none."""
        return self._delayed.unseen(sobject)

    def delete(self, sobject: str, record_id: str, *, user_id: str | None = None) -> None:
        """Delete a record together with its cascading children."""
        self.apply_due_changes()
        self._deletes.delete(
            self._catalogue.whole, self._catalogue.sobject(sobject), record_id, user_id or self._user_id
        )

    def delete_many(
        self, sobject: str, record_ids: Sequence[str], *, hard: bool = False, user_id: str | None = None
    ) -> list[OrgError | None]:
        """Delete records, far faster than one by one; return for each id None, or why it was not deleted.

        A hard delete leaves nothing in the recycle bin.
        """
        self.apply_due_changes()
        user = user_id or self._user_id
        return self._deletes.delete_many(
            self._catalogue.whole, self._catalogue.sobject(sobject), record_ids, user, hard=hard
        )

    def undelete(self, record_ids: Iterable[str], *, user_id: str | None = None) -> list[OrgError | None]:
        """Undelete records; return for each id None, or why it is not back."""
        self.apply_due_changes()
        user = user_id or self._user_id
        return [_outcome(self._undeletes.undelete, self._catalogue.whole, record_id, user) for record_id in record_ids]

    def purge(self, record_ids: Iterable[str]) -> list[OrgError | None]:
        """Remove records from the recycle bin for good; return for each id None, or why it was not removed."""
        self.apply_due_changes()
        return [_outcome(self._undeletes.purge, self._catalogue.whole, record_id) for record_id in record_ids]

    def empty_recycle_bin(self) -> int:
        """Empty the recycle bin; return how many records were removed."""
        with self._store.writing() as connection:
            return self._bin.empty(connection, self._catalogue.whole)

    def merge(
        self,
        sobject: str,
        master_id: str,
        loser_ids: Sequence[str],
        fields: Mapping[str, Any] | None = None,
        *,
        user_id: str | None = None,
    ) -> Merged:
        """Merge one or two records into a third, whose fields are set; see `Merges`."""
        self.apply_due_changes()
        user = user_id or self._user_id
        found = self._catalogue.sobject(sobject)
        with self._store.writing():
            merged = self._merges.merge(self._catalogue.whole, found, master_id, loser_ids, user)
            self._writes.update(self._catalogue.seen, found, merged.id, fields or {}, user)
        return merged

    def updated(self, sobject: str, start: datetime, end: datetime) -> Updated:
        """Return the records that were created or changed between two minutes; see `Replication`."""
        self.apply_due_changes()
        return self._replication.updated(self._catalogue.sobject(sobject), start, end)

    def deleted(self, sobject: str, start: datetime, end: datetime) -> Deleted:
        """Return the records that were deleted between two minutes; see `Replication`."""
        self.apply_due_changes()
        return self._replication.deleted(self._catalogue.sobject(sobject), start, end)

    @contextmanager
    def delayed(self, seconds: float) -> Iterator[None]:
        """Make all writes of the block visible together, when the org's clock has moved on by that many seconds."""
        self.apply_due_changes()
        with self._delayed.writing(self._catalogue.whole, seconds):
            yield

    def delayed_by(self, fault: Fault | None) -> AbstractContextManager[None]:
        """Delay the visibility of the block's writes if the fault is of kind `late`; otherwise do nothing."""
        return self.delayed(fault.seconds) if fault is not None and fault.kind == "late" else nullcontext()


def _outcome(act: Callable[..., None], *arguments: Any) -> OrgError | None:
    try:
        act(*arguments)
    except OrgError as error:
        return error
    return None
