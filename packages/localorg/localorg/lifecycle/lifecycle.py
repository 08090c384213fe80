"""What befalls the records of an org: deletes and what undoes them, merges, and who is told of what, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

from localorg.errors import OrgError, not_found
from localorg.faults import Fault
from localorg.lifecycle.delayed_visibility import DelayedWrites
from localorg.lifecycle.deletes import Deletes
from localorg.lifecycle.merges import Merged, Merges
from localorg.lifecycle.recycle_bin import RecycleBin
from localorg.lifecycle.replication import Deleted, Replication, Updated
from localorg.lifecycle.undeletes import Undeletes
from localorg.records.id_sequence import IdSequence
from localorg.records.single.writes import Writes
from localorg.schema.model import Schema, SObject
from localorg.storage.schema_catalogue import Catalogue
from localorg.storage.store import Store


class Life:
    """One half of `Org`, which sets the administrator."""

    def __init__(self, store: Store, schema: Schema, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._store = store
        self._id_sequence = IdSequence(store)
        self._writes = Writes(store, clock, self._id_sequence)
        self._bin = RecycleBin(store, clock)
        self._delayed = DelayedWrites(store, clock)
        self._deletes = Deletes(store, self._writes, self._bin)
        self._undeletes = Undeletes(store, self._writes, self._bin)
        self._merges = Merges(store, self._writes, self._bin)
        self._replication = Replication(store, clock, self._bin, self._delayed)
        self._catalogue = Catalogue(store, schema)
        self.admin_user_id = ""

    @property
    def schema(self) -> Schema:
        """The objects and fields that the user has rights to."""
        return self._catalogue.seen

    def sobject(self, name: str) -> SObject:
        """The object of that name; NOT_FOUND where there is none."""
        found = self.schema.find(name)
        if found is None:
            raise not_found()
        return found

    def delete(self, sobject: str, record_id: str, *, user_id: str | None = None) -> None:
        """Moves a record to the recycle bin, and with it those that cannot be without it."""
        self._settle()
        self._deletes.delete(self._catalogue.whole, self.sobject(sobject), record_id, user_id or self.admin_user_id)

    def delete_many(
        self, sobject: str, record_ids: Sequence[str], *, hard: bool = False, user_id: str | None = None
    ) -> list[OrgError | None]:
        """For each id, None if its record was deleted, or why not; far faster than one by one.

        A hard delete leaves nothing in the recycle bin.
        """
        self._settle()
        user = user_id or self.admin_user_id
        return self._deletes.delete_many(self._catalogue.whole, self.sobject(sobject), record_ids, user, hard=hard)

    def undelete(self, record_ids: Iterable[str], *, user_id: str | None = None) -> list[OrgError | None]:
        """For each id, None if its record is back from the recycle bin, or why not."""
        self._settle()
        user = user_id or self.admin_user_id
        return [_outcome(self._undeletes.undelete, self._catalogue.whole, record_id, user) for record_id in record_ids]

    def purge(self, record_ids: Iterable[str]) -> list[OrgError | None]:
        """For each id, None if its record is gone from the recycle bin for good, or why not."""
        self._settle()
        return [_outcome(self._undeletes.purge, self._catalogue.whole, record_id) for record_id in record_ids]

    def empty_recycle_bin(self) -> int:
        """Removes all that is in the recycle bin; how many records that were."""
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
        """Merges one or two records into a third, whose fields are set; see `Merges`."""
        self._settle()
        user = user_id or self.admin_user_id
        found = self.sobject(sobject)
        with self._store.writing():
            merged = self._merges.merge(self._catalogue.whole, found, master_id, loser_ids, user)
            self._writes.update(self.schema, found, merged.id, fields or {}, user)
        return merged

    def updated(self, sobject: str, start: datetime, end: datetime) -> Updated:
        """The records that were made or changed between two minutes; see `Replication`."""
        self._settle()
        return self._replication.updated(self.sobject(sobject), start, end)

    def deleted(self, sobject: str, start: datetime, end: datetime) -> Deleted:
        """The records that were deleted between two minutes; see `Replication`."""
        self._settle()
        return self._replication.deleted(self.sobject(sobject), start, end)

    @contextmanager
    def late(self, seconds: float) -> Iterator[None]:
        """Several writes that are kept, and become visible when the org's clock has moved on by that many seconds."""
        self._settle()
        with self._delayed.writing(self._catalogue.whole, seconds):
            yield

    def under(self, fault: Fault | None) -> AbstractContextManager[None]:
        """Several writes under a fault, which are seen late where it says so."""
        return self.late(fault.seconds) if fault is not None and fault.kind == "late" else nullcontext()

    def _settle(self) -> None:
        """Does what the org's clock asks for: it shows what was written late, and empties the recycle bin."""
        self._delayed.settle(self._catalogue.whole)
        self._bin.expire(self._catalogue.whole)


def _outcome(act: Callable[..., None], *arguments: Any) -> OrgError | None:
    try:
        act(*arguments)
    except OrgError as error:
        return error
    return None
