"""Generate the data of an org; the same seed and day give the same rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from localorg.seed.accounts import Companies
from localorg.seed.contacts import make_contact, make_users
from localorg.seed.opportunities import make_opportunity
from localorg.seed.timestamps import RandomTimestamps
from localorg.seed.word_lists import Row


@dataclass(frozen=True)
class Sizes:
    """The number of records of each object."""

    accounts: int = 500
    contacts: int = 2000
    opportunities: int = 1500


@dataclass(frozen=True)
class Rows:
    """Rows that are made while one goes through them, each time anew, so that they take no room."""

    make: Callable[[int], Row]
    """The row of that number, from 1."""
    size: int

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Row]:
        return map(self.make, range(1, self.size + 1))


def generate(sizes: Sizes, seed: int, today: date) -> dict[str, Rows]:
    """Return the rows of each object, ready to be written or loaded; references hold the other row's `Id`.

    Each record is drawn by a chance of its own, so that it does not depend on how many others there are.

    Args:
        today: the day for which they are made: all dates lie before or around it, all changes before it.
    """
    moments = RandomTimestamps(today)
    companies = Companies(seed, moments)
    users = make_users(moments)
    numbers = sizes.accounts
    return {
        "User": Rows(lambda number: users[number - 1], len(users)),
        "Account": Rows(companies.account, numbers),
        "Contact": Rows(lambda number: make_contact(companies, numbers, number), sizes.contacts),
        "Opportunity": Rows(lambda number: make_opportunity(companies, numbers, number), sizes.opportunities),
    }


def write_csv(folder: Path, tables: Mapping[str, Iterable[Row]]) -> None:
    """Write one CSV file per object. All rows of an object have the same columns."""
    folder.mkdir(parents=True, exist_ok=True)
    for sobject, rows in tables.items():
        with (folder / f"{sobject}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for number, row in enumerate(rows):
                if number == 0:
                    writer.writerow(row)
                writer.writerow(row.values())
