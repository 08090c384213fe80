"""Set the account of tasks and events, and the last activity of what they relate to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Table, Update, func, or_, select, update

from localorg.records.record_context import RecordContext
from localorg.storage.conditions import listed

_ABOUT = {
    "Account": "Id",
    "Opportunity": "AccountId",
    "Contract": "AccountId",
    "Case": "AccountId",
    "Asset": "AccountId",
    "Contact": "AccountId",
}
"""Of the objects that an activity may be about, the field with the account; the last is that of whom it is about."""


def set_accounts(context: RecordContext, ids: Iterable[str]) -> None:
    """Set AccountId of these activities: that of what they are about, or else of the contact."""
    if context.sobject.name not in ("Task", "Event"):
        return
    whole = context.schema.seen_by_system()
    parents = tuple(context.table_of(found) for name in _ABOUT if (found := whole.find(name)) is not None)
    context.connection.execute(_statement(context.table, parents), {"ids": json.dumps(list(ids))})


def move_last_activity(context: RecordContext, ids: Iterable[str], now: str) -> None:
    """Set LastActivityDate, and with it SystemModstamp, of what these activities relate to, where they are later.

    Closed tasks count, and events of days until today.
    """
    if context.sobject.name not in ("Task", "Event"):
        return
    activities = context.table
    counts = activities.c["IsClosed"] if context.sobject.name == "Task" else activities.c["ActivityDate"] <= now[:10]
    columns = [activities.c[name] for name in ("ActivityDate", "AccountId", "WhatId", "WhoId")]
    statement = select(*columns).where(activities.c["Id"].in_(listed("ids")), counts, columns[0].is_not(None))
    latest: dict[str, str] = {}
    for day, *related in context.connection.execute(statement, {"ids": json.dumps(list(ids))}):
        latest |= {record_id: max(day, latest.get(record_id, day)) for record_id in related if record_id}
    for record_id, day in latest.items():
        sobject = context.schema.seen_by_system().of_id(record_id)
        if sobject is not None and sobject.find("LastActivityDate"):
            _move(context, context.table_of(sobject), record_id, {"LastActivityDate": day, "SystemModstamp": now})


def _move(context: RecordContext, table: Table, record_id: str, changes: dict[str, str]) -> None:
    last = table.c["LastActivityDate"]
    is_later = or_(last.is_(None), last < changes["LastActivityDate"])
    context.connection.execute(update(table).where(table.c["Id"] == record_id, is_later).values(changes))


@lru_cache(maxsize=8)
def _statement(activities: Table, parents: tuple[Table, ...]) -> Update:
    accounts = []
    for table in parents:
        reference = activities.c["WhoId" if table.name == "Contact" else "WhatId"]
        account = table.c[_ABOUT[table.name]]
        accounts.append(select(account).where(table.c["Id"] == reference).scalar_subquery())
    return update(activities).where(activities.c["Id"].in_(listed("ids"))).values(AccountId=func.coalesce(*accounts))
