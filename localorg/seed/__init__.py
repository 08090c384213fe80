"""Generates an org's data: the same for the same seed and day, as CSV files that `localorg --data` reads."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from localorg.seed.companies import Row, make_accounts
from localorg.seed.deals import make_opportunities
from localorg.seed.moments import Moments
from localorg.seed.people import make_contacts, make_users, sellers


@dataclass(frozen=True)
class Sizes:
    """How many records of each object."""

    accounts: int = 500
    contacts: int = 2000
    opportunities: int = 1500


def generate(sizes: Sizes, seed: int, today: date) -> dict[str, list[Row]]:
    """The rows of each object, ready to be written or loaded; references hold the other row's `Id`.

    Args:
        today: the day for which they are made: all dates lie before or around it, all changes before it.
    """
    random, moments = Random(seed), Moments(today)  # noqa: S311 (believable, not secret)
    accounts = make_accounts(random, moments, sellers(), sizes.accounts)
    return {
        "User": make_users(moments),
        "Account": accounts,
        "Contact": make_contacts(random, moments, accounts, sizes.contacts),
        "Opportunity": make_opportunities(random, moments, accounts, sizes.opportunities),
    }


def write_csv(folder: Path, tables: dict[str, list[Row]]) -> None:
    """Writes one CSV file per object, with the columns of all of its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for sobject, rows in tables.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with (folder / f"{sobject}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
