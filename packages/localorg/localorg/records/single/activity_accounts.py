"""Set AccountId of tasks and events from what and whom they relate to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Table, Update, func, select, update

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


@lru_cache(maxsize=8)
def _statement(activities: Table, parents: tuple[Table, ...]) -> Update:
    accounts = []
    for table in parents:
        reference = activities.c["WhoId" if table.name == "Contact" else "WhatId"]
        account = table.c[_ABOUT[table.name]]
        accounts.append(select(account).where(table.c["Id"] == reference).scalar_subquery())
    return update(activities).where(activities.c["Id"].in_(listed("ids"))).values(AccountId=func.coalesce(*accounts))
