"""The people of the delivery side whom mapping files name as the default of an owner that is not one of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Engine, text

from demo.mapping_folder import read_files

ENTER = text("""
    INSERT INTO delivery.people (email) SELECT :email
     WHERE NOT EXISTS (SELECT FROM delivery.people WHERE lower(email) = lower(:email))
""")


def find_people(folder: Path) -> list[str]:
    """Return the e-mail addresses that the mapping files name as defaults."""
    fields = (field for file in read_files(folder) for field in file["fields"])
    return sorted({field["default"]["email"] for field in fields if field.get("references") == "delivery.people"})


def enter_people(environment: Mapping[str, str], warehouse: Engine, people: Sequence[str]) -> None:
    """Enter those of the people who are not there yet; the tables are made first."""
    migrate = [sys.executable, "-m", "closedwon.cli", "migrate"]
    subprocess.run(migrate, env=dict(environment), check=True, stdout=subprocess.DEVNULL)
    with warehouse.begin() as connection:
        connection.execute(ENTER, [{"email": email} for email in people])
