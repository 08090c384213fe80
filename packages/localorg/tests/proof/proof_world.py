"""A small world for random queries: a few objects with fields of every type, and random records in them.

Texts are of mixed case, with letters beyond ASCII, quotes, `%` and `_`; values repeat, and any field may be empty.
Numbers are multiples of 0.25, so that sums do not depend on their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from localorg.ids import make_id
from localorg.org import Org
from localorg.schema import Schema

Row = dict[str, Any]
"""Field name to value: text, number, bool, date, datetime in UTC, or None."""

CUSTOM = """
objects:
  Ticket__c:
    fields:
      Account__c: {type: reference, to: Account, children: Tickets}
      Deal__c: {type: reference, to: Opportunity, children: Tickets}
      Text__c: {type: text, length: 80}
      Code__c: {type: text, length: 40, externalId: true, unique: true, caseSensitive: true}
      Level__c: {type: picklist, values: [Low, middle, High, Äußerst]}
      Skills__c: {type: multipicklist, values: [Design, Build, Run it, 100%]}
      Hours__c: {type: number, precision: 10, scale: 2}
      Fee__c: {type: currency}
      Share__c: {type: percent}
      Done__c: {type: checkbox}
      Due__c: {type: date}
      Seen__c: {type: datetime}
  Account:
    fields:
      Key__c: {type: checkbox}
      Tier__c: {type: picklist, values: [zinc, Bronze, silver, Gold]}
"""

FIELDS: dict[str, tuple[str, ...]] = {
    "Account": (
        *("Name", "Industry", "Tier__c", "Key__c", "AnnualRevenue", "NumberOfEmployees", "BillingCity"),
        *("ParentId", "OwnerId"),
    ),
    "Contact": (
        "LastName",
        "Name",
        "Email",
        "Birthdate",
        "DoNotCall",
        "LeadSource",
        "AccountId",
        "ReportsToId",
        "OwnerId",
    ),
    "Opportunity": ("Name", "StageName", "Amount", "CloseDate", "NextStep", "IsPrivate", "AccountId", "OwnerId"),
    "Task": ("Subject", "ActivityDate", "Status", "Priority", "CallDurationInSeconds", "WhatId", "WhoId", "OwnerId"),
    "User": ("Username", "LastName", "Name", "Department", "IsActive", "ManagerId"),
    "Ticket__c": (
        *("Name", "Text__c", "Code__c", "Level__c", "Skills__c", "Hours__c", "Fee__c", "Share__c", "Done__c", "Due__c"),
        *("Seen__c", "Account__c", "Deal__c", "OwnerId"),
    ),
}
"""The fields of each object that queries name, beside Id and the stamps."""

STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
TEXTS = (
    *(
        "Acme",
        "ACME",
        "acme",
        "Acme_Ltd",
        "Acme%",
        "AcmeXLtd",
        "Zeta",
        "zeta [2]",
        "O'Neill",
        'The "Best"',
        "a\\b",
        "_",
    ),
    *("Özil", "özil", "ÖZIL", "Straße", "STRASSE", "straße", "Ñandú", "ñandú", "Émile", "émile", "Żółw", "日本", "x;y"),
)
_STAGES = ("Prospecting", "Qualification", "Needs Analysis", "Closed Won", "Closed Lost")
_PICKLISTS: dict[str, tuple[str, ...]] = {
    "Industry": ("Banking", "Agriculture", "Retail", "Utilities", "Llama Farming", "Zeppelins"),
    "Tier__c": ("zinc", "Bronze", "silver", "Gold", "Aluminium"),
    "LeadSource": ("Web", "Other", "Phone Inquiry"),
    "StageName": _STAGES,
    "Status": ("Not Started", "Completed", "Deferred"),
    "Priority": ("High", "Normal", "Low"),
    "Level__c": ("Low", "middle", "High", "Äußerst", "beyond"),
}
SKILLS = ("Design", "Build", "Run it", "100%")
_NUMBERS = (0, 1, -1, 0.25, 2.5, 100, 100.25, -7.75, 1000, 250000)
_NEVER_EMPTY = {"Name", "LastName", "StageName", "CloseDate", "Subject", "Status", "Priority", "Username", "OwnerId"}
_SIZES = {"User": 4, "Account": 14, "Contact": 18, "Opportunity": 18, "Ticket__c": 18, "Task": 18}


@dataclass(frozen=True, eq=False)
class QueryContext:
    """The schema and the records, deleted ones too, at one moment."""

    schema: Schema
    rows: dict[str, list[Row]]
    now: datetime

    @cached_property
    def by_id(self) -> dict[str, tuple[str, Row]]:
        """The object and the record of each id."""
        return {row["Id"]: (name, row) for name, rows in self.rows.items() for row in rows}


def make_world(org: Org, random: Random, now: datetime) -> QueryContext:
    """Fills the org with random records, and gives them as plain rows."""
    rows: dict[str, list[Row]] = {}
    for sobject, size in _SIZES.items():
        own = [make_id(org.sobject(sobject).key_prefix, 1_000 + number) for number in range(size)]
        ids = {name: [row["Id"] for row in found if not row["IsDeleted"]] for name, found in rows.items()} | {
            sobject: own
        }
        rows[sobject] = [_make_row(org.schema, random, sobject, record_id, ids, now) for record_id in own]
        org.insert_many(sobject, [_given(org, sobject, row) for row in rows[sobject]])
    return QueryContext(org.schema, rows, now)


def _given(org: Org, sobject: str, row: Row) -> Row:
    return {name: _to_json(value) for name, value in row.items() if org.sobject(sobject).find(name) is not None}


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _make_row(
    schema: Schema, random: Random, sobject: str, record_id: str, ids: dict[str, list[str]], now: datetime
) -> Row:
    row: Row = {"Id": record_id, "IsDeleted": sobject in ("Task", "Ticket__c") and random.random() < 0.15}
    for name in FIELDS[sobject]:
        row[name] = _make_value(schema, random, sobject, name, ids, now)
    row |= {stamp: _make_moment(random, now) for stamp in STAMPS}
    row["CreatedById"] = random.choice(ids["User"])
    if sobject in ("User", "Contact"):
        row["Name"] = row["LastName"]
    for unique in ("Username", "Code__c"):
        if row.get(unique) is not None:
            row[unique] = f"{row[unique]}{random.choice('xX')}{record_id[-6:-3]}"
    return row


def _make_value(
    schema: Schema, random: Random, sobject: str, name: str, ids: dict[str, list[str]], now: datetime
) -> Any:
    field = schema.find(sobject).find(name)  # type: ignore[union-attr]
    if field.type == "boolean":
        return random.random() < 0.5
    if name not in _NEVER_EMPTY and random.random() < 0.25:
        return None
    if field.reference_to:
        known = [target for target in field.reference_to if ids.get(target)]
        return random.choice(ids[random.choice(known)])
    if name in _PICKLISTS:
        return random.choice(_PICKLISTS[name])
    value = _MAKERS[field.type](random, now)
    return float(int(value)) if field.type in ("currency", "percent", "double") and field.scale == 0 else value


def _make_day(random: Random, now: datetime) -> date:
    day = now.date() + timedelta(days=random.choice((0, 1, -1, random.randint(-40, 40), random.randint(-800, 800))))
    return day.replace(day=1) if random.random() < 0.2 else day


def _make_moment(random: Random, now: datetime) -> datetime:
    seconds = random.choice((0, 86_399, random.randint(0, 86_399)))
    midnight = datetime.combine(_make_day(random, now), datetime.min.time(), UTC)
    return midnight + timedelta(seconds=seconds)


def _make_skills(random: Random, _now: datetime) -> str:
    return ";".join(skill for skill in SKILLS if random.random() < 0.4) or SKILLS[0]


def _make_text(random: Random, _now: datetime) -> str:
    return random.choice(TEXTS)


def _make_number(random: Random, _now: datetime) -> float:
    return float(random.choice(_NUMBERS))


_MAKERS: dict[str, Callable[[Random, datetime], Any]] = {
    "string": _make_text,
    "combobox": _make_text,
    "email": lambda random, _: f"{random.choice(('ann', 'bo_b', 'z'))}@{random.choice(('a', 'b'))}.example",
    "multipicklist": _make_skills,
    "int": lambda random, _: random.choice((0, 1, 5, 50, 1_000)),
    "double": _make_number,
    "currency": _make_number,
    "percent": _make_number,
    "date": _make_day,
    "datetime": _make_moment,
}
