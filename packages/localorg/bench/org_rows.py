"""Generated accounts of 25 columns as a client uploads them to an org. The same for the same seed."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

OBJECTS = """
objects:
  Account:
    fields:
      Key__c: {type: text, length: 40, externalId: true, unique: true}
      Renewal__c: {type: datetime}
      Score__c: {type: number, precision: 8, scale: 2}
      Active__c: {type: checkbox}
"""
COLUMNS = (
    *("Key__c", "Name", "AccountNumber", "Type", "Industry", "Rating", "Ownership", "AccountSource", "BillingStreet"),
    *("BillingCity", "BillingState", "BillingPostalCode", "BillingCountry", "Phone", "Fax", "Website", "Sic"),
    *("TickerSymbol", "Site", "Description", "Renewal__c", "AnnualRevenue", "NumberOfEmployees", "Score__c"),
    "Active__c",
)
_WORDS = ("Northwind", "Contoso", "Fabrikam", "Acme", "Globex", "Initech", "Umbrella", "Hooli", "Über", "Ōmi")
_CHOICES = {
    "Type": ("Prospect", "Customer - Direct", "Other"),
    "Industry": ("Banking", "Energy", "Retail", "Utilities"),
    "Rating": ("Hot", "Warm", "Cold"),
    "Ownership": ("Private", "Public"),
    "AccountSource": ("Web", "Partner Referral"),
    "Active__c": ("true", "false"),
}


def write_upload(file: Path, first: int, number: int, *, seed: int = 7) -> None:
    """Write `number` accounts, counted from `first`, as one CSV file with a header."""
    random = Random(seed + first)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(name, n, random) for name in COLUMNS] for n in range(first, first + number))


def _cell(name: str, number: int, random: Random) -> str:
    if name in _CHOICES:
        return random.choice(_CHOICES[name])
    made = {
        "Key__c": lambda: f"K-{number:07d}",
        "Renewal__c": lambda: f"2026-0{number % 9 + 1}-1{number % 10}T{number % 24:02d}:{number % 60:02d}:00Z",
        "AnnualRevenue": lambda: str(int(random.lognormvariate(11, 1))),
        "NumberOfEmployees": lambda: str(number % 5_000),
        "Score__c": lambda: f"{random.random() * 1000:.2f}",
        "BillingPostalCode": lambda: f"{number % 100_000:05d}",
        "Sic": lambda: f"{number % 10_000:04d}",
        "TickerSymbol": lambda: f"T{number % 5_000}",
    }.get(name)
    if made:
        return made()
    word = random.choice(_WORDS)
    return f'{word} "{number}", {name}' if name == "Description" else f"{word} {name} {number}"
