"""Derive the stored fields that Salesforce computes from other fields of the same record.

Each function takes the whole record, as it will be stored, and returns what follows from it. A value that the client
gave for Probability or ForecastCategoryName stands, unless the stage changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from localorg.schema.model import SObject
from localorg.timestamps import to_stamp

Record = Mapping[str, Any]
_FORECAST_NAMES = {"BestCase": "Best Case", "MostLikely": "Best Case", "Forecast": "Commit"}
_FORECASTS = {"Best Case": "BestCase", "Most Likely": "MostLikely", "Commit": "Forecast"}
_NAME_PARTS = ("FirstName", "MiddleName", "LastName", "Suffix")


def derive(sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    """Return the computed fields of a record.

    Args:
        record: all fields, as they will be stored.
        changed: those that this write sets.
    """
    compute = _RULES.get(sobject.name)
    return compute(sobject, record, changed) if compute else {}


def is_derived(sobject: SObject) -> bool:
    """Return whether the object has fields that are derived from others."""
    is_business = sobject.name == "Account" and sobject.find("IsPersonAccount") is None
    return sobject.name in _RULES and not is_business


def _person(_sobject: SObject, record: Record, _changed: Record) -> dict[str, Any]:
    name = " ".join(part for part in map(record.get, _NAME_PARTS) if part)
    return {"Name": name} if name else {}


def _account(sobject: SObject, record: Record, _changed: Record) -> dict[str, Any]:
    """Derive IsPersonAccount: in an org with person accounts, an account with a last name is a person."""
    if record.get("LastName") is None or sobject.find("IsPersonAccount") is None:
        return {}
    kind = next((kind.id for kind in sobject.record_types if kind.developer_name == "PersonAccount"), None)
    return {"IsPersonAccount": True, "RecordTypeId": kind, **_person(sobject, record, record)}


def _opportunity(sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    facts = _facts(sobject, "StageName", record)
    derived: dict[str, Any] = {"IsClosed": bool(facts.get("closed")), "IsWon": bool(facts.get("won"))}
    probability, forecast = record.get("Probability"), record.get("ForecastCategoryName")
    if "StageName" in changed and changed.get("Probability") is None:
        probability = derived["Probability"] = float(facts.get("probability", 0))
    if forecast is None or ("StageName" in changed and changed.get("ForecastCategoryName") is None):
        category = facts.get("forecast", "Pipeline")
        forecast = derived["ForecastCategoryName"] = _FORECAST_NAMES.get(category, category)
    derived["ForecastCategory"] = _FORECASTS.get(forecast, forecast)
    amount = record.get("Amount")
    derived["ExpectedRevenue"] = None if amount is None else round(amount * (probability or 0) / 100, 2)
    return derived | _fiscal(record.get("CloseDate"))


def _fiscal(close_date: str | None) -> dict[str, Any]:
    if close_date is None:
        return {"FiscalYear": None, "FiscalQuarter": None, "Fiscal": None}
    year, quarter = int(close_date[:4]), (int(close_date[5:7]) + 2) // 3
    return {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}


def _campaign_member(_sobject: SObject, record: Record, _changed: Record) -> dict[str, Any]:
    return {"LeadOrContactId": record.get("ContactId") or record.get("LeadId")}


def _line_item(_sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    """Derive sales price or total price, whichever was not given."""
    quantity, price, total = (record.get(name) for name in ("Quantity", "UnitPrice", "TotalPrice"))
    if not quantity:
        return {}
    if total is not None and changed.get("TotalPrice") is not None and changed.get("UnitPrice") is None:
        return {"UnitPrice": round(total / quantity, 2)}
    return {"TotalPrice": None if price is None else round(price * quantity, 2)}


def _case(sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    is_closed = bool(_facts(sobject, "Status", record).get("closed"))
    if not is_closed:
        return {"IsClosed": False, "ClosedDate": None}
    return {"IsClosed": True, "ClosedDate": record.get("ClosedDate") or changed.get("SystemModstamp")}


def _task(sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    is_closed = bool(_facts(sobject, "Status", record).get("closed"))
    is_high = bool(_facts(sobject, "Priority", record).get("high"))
    completed = (record.get("CompletedDateTime") or changed.get("SystemModstamp")) if is_closed else None
    return {"IsClosed": is_closed, "IsHighPriority": is_high, "CompletedDateTime": completed}


def _event(_sobject: SObject, record: Record, changed: Record) -> dict[str, Any]:
    """Derive start, duration and end from one another; start and ActivityDateTime are the same."""
    newer = "StartDateTime" if changed.get("StartDateTime") is not None else "ActivityDateTime"
    start = record.get(newer) or record.get("StartDateTime")
    if record.get("IsAllDayEvent") and record.get("ActivityDate"):
        start = f"{record['ActivityDate']}T00:00:00.000Z"
    if start is None:
        return {}
    minutes, end = record.get("DurationInMinutes"), record.get("EndDateTime")
    if changed.get("EndDateTime") is not None and changed.get("DurationInMinutes") is None:
        minutes = (datetime.fromisoformat(str(end)) - datetime.fromisoformat(start)) // timedelta(minutes=1)
    elif minutes is not None:
        end = to_stamp(datetime.fromisoformat(start) + timedelta(minutes=minutes))
    derived = {"StartDateTime": start, "ActivityDateTime": start, "ActivityDate": start[:10]}
    return derived | {"DurationInMinutes": minutes, "EndDateTime": end, "EndDate": end and end[:10]}


def _facts(sobject: SObject, picklist: str, record: Record) -> Mapping[str, Any]:
    """Return the fields that the chosen picklist entry sets; none for a label that the picklist lacks."""
    field = sobject.find(picklist)
    entry = field.value_of(record.get(picklist) or "") if field else None
    return entry.facts if entry else {}


_RULES: dict[str, Callable[[SObject, Record, Record], dict[str, Any]]] = {
    "Account": _account,
    "Contact": _person,
    "Lead": _person,
    "User": _person,
    "Opportunity": _opportunity,
    "OpportunityLineItem": _line_item,
    "CampaignMember": _campaign_member,
    "Case": _case,
    "Task": _task,
    "Event": _event,
}
