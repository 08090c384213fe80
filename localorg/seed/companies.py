"""Accounts, a few of which are awkward on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from localorg.seed.moments import Moments
from localorg.seed.words import (
    INDUSTRY_WEIGHTS,
    LEGAL_FORMS,
    NAME_HEADS,
    NAME_TAILS,
    PLACES,
    STREET_KINDS,
    STREETS,
    TRADES,
    Place,
)

Row = dict[str, str]

AWKWARD: tuple[Row, ...] = (
    {"Name": 'Fernwood "Old Mill" Bakeries', "BillingPostalCode": "00123"},
    {
        "Name": "O'Hara & Daughters, Inc.",
        "Description": 'First line.\nSecond line, with a comma.\n"Quoted" third line.',
    },
    {"Name": "Sunny Side ☀️ Catering 🥐", "Description": "Emoji in the name on purpose: 🧪"},
    {"Name": "Cuzco Highland Wool", "Industry": "Llama Farming"},
    {"Name": "Tab\tand Backslash \\ Supplies", "Description": "#N/A"},
    {"Name": "Ångström Präzision GmbH", "BillingPostalCode": "01067", "Industry": ""},
)
"""What the first accounts have in the place of what was drawn for them."""


def make_accounts(random: Random, moments: Moments, owners: Sequence[str], number: int) -> list[Row]:
    """Companies with unique names, each in one industry and one place."""
    names: set[str] = set()
    accounts = [_make_account(random, moments, owners, names, n) for n in range(1, number + 1)]
    for account, oddity in zip(accounts, AWKWARD, strict=False):
        account.update(oddity)
    for position, account in enumerate(accounts):
        if position > len(AWKWARD) and random.random() < 0.06:
            account["ParentId"] = accounts[random.randrange(position)]["Id"]
    return accounts


def _make_account(random: Random, moments: Moments, owners: Sequence[str], names: set[str], number: int) -> Row:
    industry = random.choices(list(TRADES), INDUSTRY_WEIGHTS)[0]
    name = _new_name(random, industry, names)
    place = random.choice(PLACES)
    employees = max(int(random.lognormvariate(4.6, 1.3)), 3)
    return {
        "Id": f"account-{number}",
        "Name": name,
        "Type": random.choices(
            ("Prospect", "Customer - Direct", "Customer - Channel", "Other", ""), (40, 35, 12, 5, 8)
        )[0],
        "ParentId": "",
        "Industry": industry,
        "AccountNumber": f"A-{number:05d}",
        "Phone": f"({place.area}) 555-{random.randint(0, 9999):04d}",
        "Website": f"https://www.{_slug(name)}.example",
        "NumberOfEmployees": str(employees),
        "AnnualRevenue": str(round(employees * random.lognormvariate(11.8, 0.5), -3)),
        "Ownership": random.choices(("Private", "Public", "Subsidiary", ""), (60, 15, 10, 15))[0],
        "Rating": random.choice(("Hot", "Warm", "Cold", "")),
        "AccountSource": random.choice(("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "")),
        "Description": f"{industry} company in {place.city}." if random.random() < 0.5 else "",
        **_address(random, place),
        "OwnerId": random.choice(owners),
        **moments.drawn(random),
    }


def _new_name(random: Random, industry: str, taken: set[str]) -> str:
    """Head, tail and trade; with a legal form, and at last a number, while that name is taken."""
    stem = f"{random.choice(NAME_HEADS)}{random.choice(NAME_TAILS)} {random.choice(TRADES[industry])}"
    name = stem if random.random() < 0.5 else f"{stem} {random.choice(LEGAL_FORMS)}"
    suffix = 2
    while name in taken:
        name, suffix = f"{stem} {suffix}", suffix + 1
    taken.add(name)
    return name


def _slug(name: str) -> str:
    return "-".join("".join(char if char.isascii() and char.isalnum() else " " for char in name.lower()).split())


def _address(random: Random, place: Place) -> Row:
    return {
        "BillingStreet": f"{random.randint(1, 9800)} {random.choice(STREETS)} {random.choice(STREET_KINDS)}",
        "BillingCity": place.city,
        "BillingState": place.state,
        "BillingPostalCode": place.postcode,
        "BillingCountry": place.country,
    }
