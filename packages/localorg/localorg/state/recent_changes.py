"""Find the records that were changed last."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from localorg.org import Org
from localorg.schema.model import SObject


@dataclass(frozen=True)
class Change:
    """One record, as it is called now, and its SystemModstamp."""

    sobject: str
    id: str
    name: str
    changed_at: str


def latest_changes(org: Org, limit: int, only: Container[str] | None = None) -> list[Change]:
    """Return the records of the objects in `only`, or of all, that were changed last, the latest first."""
    counts = org.counts()
    changes = [
        change
        for sobject in org.schema.objects
        if counts.get(sobject.name) and (only is None or sobject.name in only)
        for change in _latest_of(org, sobject, limit)
    ]
    return sorted(changes, key=lambda change: change.changed_at, reverse=True)[:limit]


def _latest_of(org: Org, sobject: SObject, limit: int) -> list[Change]:
    if sobject.find("SystemModstamp") is None:
        return []
    name = sobject.name_field.name if sobject.name_field else "Id"
    columns = ", ".join(dict.fromkeys(("Id", name, "SystemModstamp")))
    soql = f"SELECT {columns} FROM {sobject.name} ORDER BY SystemModstamp DESC LIMIT {limit}"  # noqa: S608 (SOQL)
    records = org.query(soql).records(0, limit)
    return [Change(sobject.name, r["Id"], str(r[name] or ""), r["SystemModstamp"]) for r in records]
