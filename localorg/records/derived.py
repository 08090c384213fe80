"""Fields that Salesforce computes from others of the same record, kept in the record when it is written.

Each function takes the whole record, as it will be stored, and returns what follows from it. A value that the client
gave for Probability or ForecastCategoryName stands, unless the stage changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localorg.schema.model import SObject

Record = Mapping[str, Any]
_FORECAST_NAMES = {"BestCase": "Best Case", "MostLikely": "Best Case", "Forecast": "Commit"}


def derive(sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    """The computed fields of a record.

    Args:
        record: all fields, as they will be stored.
        changed: those that this write sets.
    """
    compute = _RULES.get(sobject.name)
    return compute(sobject, record, changed) if compute else {}


def _person(_sobject: SObject, record: Record, _changed: Record) -> dict[str, Any]:
    name = " ".join(part for part in (record.get("FirstName"), record.get("LastName")) if part)
    return {"Name": name} if name else {}


def _opportunity(sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    facts = _facts(sobject, "StageName", record)
    derived: dict[str, Any] = {"IsClosed": bool(facts.get("closed")), "IsWon": bool(facts.get("won"))}
    derived["ForecastCategory"] = facts.get("forecast", "Pipeline")
    probability = record.get("Probability")
    if "StageName" in changed:
        if changed.get("Probability") is None:
            probability = derived["Probability"] = float(facts.get("probability", 0))
        if changed.get("ForecastCategoryName") is None:
            category = derived["ForecastCategory"]
            derived["ForecastCategoryName"] = _FORECAST_NAMES.get(category, category)
    amount = record.get("Amount")
    derived["ExpectedRevenue"] = None if amount is None else round(amount * (probability or 0) / 100, 2)
    return derived | _fiscal(record.get("CloseDate"))


def _fiscal(close_date: str | None) -> dict[str, Any]:
    if close_date is None:
        return {"FiscalYear": None, "FiscalQuarter": None, "Fiscal": None}
    year, quarter = int(close_date[:4]), (int(close_date[5:7]) + 2) // 3
    return {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}


def _case(sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    is_closed = bool(_facts(sobject, "Status", record).get("closed"))
    if not is_closed:
        return {"IsClosed": False, "ClosedDate": None}
    return {"IsClosed": True, "ClosedDate": record.get("ClosedDate") or changed.get("SystemModstamp")}


def _task(sobject: SObject, record: Record, _changed: Record) -> dict[str, Any]:
    return {
        "IsClosed": bool(_facts(sobject, "Status", record).get("closed")),
        "IsHighPriority": bool(_facts(sobject, "Priority", record).get("high")),
    }


def _facts(sobject: SObject, picklist: str, record: Record) -> Mapping[str, Any]:
    """What the chosen entry of a picklist brings along; nothing where a label of the client's own was written."""
    field = sobject.find(picklist)
    entry = field.value_of(record.get(picklist) or "") if field else None
    return entry.facts if entry else {}


_RULES: dict[str, Callable[[SObject, Record, Record], dict[str, Any]]] = {
    "Contact": _person,
    "Lead": _person,
    "User": _person,
    "Opportunity": _opportunity,
    "Case": _case,
    "Task": _task,
}
