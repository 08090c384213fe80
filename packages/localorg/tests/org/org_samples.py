"""What the tests of the org talk about: a clock that stands still, two custom objects, and a few records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from localorg.org import Org
from localorg.schema import load_schema

CUSTOM = """
objects:
  Delivery_Project__c:
    label: Delivery Project
    fields:
      Project_ID__c: {type: text, length: 40, externalId: true, unique: true}
      Legacy_Key__c: {type: text, length: 40, externalId: true}
      Opportunity__c: {type: reference, to: Opportunity}
      Hours__c: {type: number, precision: 8, scale: 2}
      Status__c: {type: picklist, values: [Planned, Running], restricted: true}
      Skills__c: {type: multipicklist, values: [Design, Build, Run]}
      Notes__c: {type: longtext}
  Opportunity:
    fields:
      Kickoff_Done__c: {type: checkbox}
"""


@dataclass
class StandingClock:
    """Shows the same moment until a test moves it. 2026-05-06 was a Wednesday."""

    moment: datetime = field(default=datetime(2026, 5, 6, 11, 56, 44, 500_000, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Sales:
    """Two accounts with two contacts and three opportunities."""

    acme: str
    globex: str
    ann: str
    bob: str


def values(org: Org, soql: str, **options: bool) -> list[Any]:
    """The values of the last field of each record, in order."""
    result = org.query(soql, **options)
    return [list(record.values())[-1] for record in result.records(0, 2_000)]


def opened_org(folder: Path, objects: str, clock: StandingClock) -> Iterator[Org]:
    """An org with these objects, closed at the end: what a fixture yields from."""
    file = folder / "objects.yaml"
    file.write_text(objects, encoding="utf-8")
    org = Org(load_schema(file), None, clock)
    yield org
    org.close()
