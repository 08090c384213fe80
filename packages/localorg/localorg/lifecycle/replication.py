"""getUpdated and getDeleted: records changed or deleted within a span of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from localorg.errors import OrgError
from localorg.lifecycle.delayed_visibility import DelayedWrites
from localorg.lifecycle.recycle_bin import DELETED, KEPT, RecycleBin
from localorg.records.single.writes import not_possible
from localorg.schema.model import SObject
from localorg.storage.conditions import alive
from localorg.storage.store import Store
from localorg.timestamps import to_stamp

LONGEST_AGO = timedelta(days=30)
SHORTEST = timedelta(minutes=1)
MOST_IDS = 600_000


@dataclass(frozen=True)
class Updated:
    """The records that were made or changed, and up to when a caller may rely on that."""

    ids: list[str]
    latest_date_covered: str


@dataclass(frozen=True)
class Deleted:
    """The records that were deleted, each with its stamp, and which time the answer covers."""

    records: list[tuple[str, str]]
    earliest_date_available: str
    latest_date_covered: str


class Replication:
    """Answers for one store. Windows begin and end with whole minutes: seconds are ignored, as in a real org."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], recycle_bin: RecycleBin, late: DelayedWrites
    ) -> None:
        self._store = store
        self._clock = clock
        self._bin = recycle_bin
        self._delayed = late

    def updated(self, sobject: SObject, start: datetime, end: datetime) -> Updated:
        """Return the records, not deleted ones, whose SystemModstamp is in the window.

        Raises:
            OrgError: INVALID_REPLICATION_DATE, EXCEEDED_ID_LIMIT; INVALID_TYPE_FOR_OPERATION of an object without
                that stamp, and of one that describe calls not replicateable.
        """
        self._check(start, end)
        table = self._store.table(sobject)
        if not sobject.is_replicateable or (stamp := table.c.get("SystemModstamp")) is None:
            raise not_possible(sobject, "replicated")
        statement = select(table.c["Id"]).where(stamp.between(_minute(start), _minute(end)), alive(table))
        if (unseen := self._delayed.unseen(sobject)) is not None:
            statement = statement.where(table.c["Id"].not_in(unseen))
        with self._store.reading() as connection:
            ids = list(connection.execute(statement.order_by(table.c["Id"]).limit(MOST_IDS + 1)).scalars())
        _check_number(len(ids))
        return Updated(ids, self._covered(sobject, end))

    def deleted(self, sobject: SObject, start: datetime, end: datetime) -> Deleted:
        """Return the deletes in the window, also of records that are gone for good.

        Raises:
            OrgError: INVALID_REPLICATION_DATE, EXCEEDED_ID_LIMIT, INVALID_TYPE_FOR_OPERATION.
        """
        self._check(start, end)
        if not sobject.is_replicateable:
            raise not_possible(sobject, "replicated")
        with self._store.reading() as connection:
            dropped = self._bin.dropped(connection, sobject)
            waiting = DELETED.c.record_id.in_(self._delayed.waiting(sobject))
            records = self._bin.logged(connection, sobject, _minute(start), _minute(end), waiting)
        if dropped is not None and _minute(start) <= dropped:
            raise _invalid(f"startDate is before the earliest date available: {dropped}")
        _check_number(len(records))
        return Deleted(records, _minute(self._clock() - KEPT), self._covered(sobject, end))

    def _check(self, start: datetime, end: datetime) -> None:
        if end - start <= SHORTEST:
            raise _invalid("startDate must be at least one minute greater than endDate")
        if start < self._clock() - LONGEST_AGO:
            raise _invalid("startDate cannot be more than 30 days ago")

    def _covered(self, sobject: SObject, end: datetime) -> str:
        """Return the last minute of which nothing can appear any more: writes that are not visible yet hold it back."""
        with self._store.reading() as connection:
            pending = self._delayed.oldest(connection, sobject)
        moments = [min(end, self._clock()), *([datetime.fromisoformat(pending)] if pending else [])]
        return _minute(min(moments))


def _minute(moment: datetime) -> str:
    return to_stamp(moment.replace(second=0, microsecond=0))


def _check_number(found: int) -> None:
    if found > MOST_IDS:
        raise OrgError(400, "EXCEEDED_ID_LIMIT", f"More than {MOST_IDS} ids: choose dates that are closer together")


def _invalid(message: str) -> OrgError:
    return OrgError(400, "INVALID_REPLICATION_DATE", message)
