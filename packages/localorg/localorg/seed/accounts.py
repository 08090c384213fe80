"""Generate accounts, a few of them awkward on purpose."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from localorg.seed.timestamps import RandomTimestamps
from localorg.seed.word_lists import (
    INDUSTRY_WEIGHTS,
    LEGAL_FORMS,
    NAME_HEADS,
    NAME_TAILS,
    PLACES,
    SELLERS,
    STREET_KINDS,
    STREETS,
    TRADES,
    Place,
    Row,
)

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
"""Values of the first accounts, in place of random ones."""


KEPT = 512
"""Accounts that were asked for last; with so few in all, each is made once."""


class Companies:
    """All accounts of one seed. Few are kept: a reference to another one generates it again."""

    def __init__(self, seed: int, moments: RandomTimestamps) -> None:
        self.moments = moments
        self._seed = seed
        self._names = [head + tail for head in NAME_HEADS for tail in NAME_TAILS]
        Random(seed).shuffle(self._names)  # noqa: S311 (believable, not secret)
        self.account = lru_cache(maxsize=KEPT)(self._make)

    def chance(self, sobject: str, number: int) -> Random:
        """Return the random generator of one record."""
        return Random(f"{self._seed} {sobject} {number}")  # noqa: S311

    def _make(self, number: int) -> Row:
        """Return a company with a name that no other one has, in one industry and one place."""
        random = self.chance("Account", number)
        industry = random.choices(list(TRADES), INDUSTRY_WEIGHTS)[0]
        place = random.choice(PLACES)
        account = self._account(random, number, self._name(random, industry, number), industry, place)
        if number <= len(AWKWARD):
            account.update(AWKWARD[number - 1])
        elif random.random() < 0.06:
            account["ParentId"] = f"account-{random.randrange(1, number)}"
        return account

    def _account(self, random: Random, number: int, name: str, industry: str, place: Place) -> Row:
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
            "OwnerId": random.choice(SELLERS),
            **self.moments.drawn(random),
        }

    def _name(self, random: Random, industry: str, number: int) -> str:
        """Return a name with a word that no other account has, until all words are used; then with a number, too."""
        rounds, word = divmod(number - 1, len(self._names))
        name = f"{self._names[word]} {random.choice(TRADES[industry])}"
        if random.random() < 0.5:
            name += f" {random.choice(LEGAL_FORMS)}"
        return f"{name} {rounds + 1}" if rounds else name


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
