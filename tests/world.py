"""A local org over HTTP, a warehouse on a real Postgres, and the import between them, task by task as in the DAG."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

from simple_salesforce import Salesforce
from sqlalchemy import Engine, text

from closedwon.counts import Counts
from closedwon.flows import inbound
from closedwon.flows.inbound import RunOptions
from closedwon.flows.steps.batches import Batches, Folder, PageStage
from closedwon.mapping.model import Catalog, Mapping
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.salesforce.session import open_session, org_errors
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction
from demo.org_client import OrgClient
from demo.parity import Parity, compare_all
from localorg.server import RunningOrg

ROOT = Path(__file__).resolve().parents[1]
MAPPINGS = ROOT / "include" / "mappings"
KEY, SECRET = "closedwon", "local-only"


IMPORT_TASKS = ("probe", "extract", "transform", "validate", "load")


def run_task(
    task: str,
    engine: Engine,
    sf: Salesforce,
    catalog: Catalog,
    mapping: Mapping,
    batches: Batches,
    expected: int,
    run_id: str,
) -> None:
    """Runs one task of the import for one object, as the DAG does."""
    if task == "probe":
        inbound.probe(engine, sf, catalog.inbound, RunOptions(), run_id=run_id)
    elif task == "extract":
        inbound.extract(engine, sf, mapping, batches, expected, RunOptions(), run_id=run_id)
    elif task == "transform":
        inbound.transform(mapping, batches, expected)
    elif task == "validate":
        inbound.validate(mapping, batches, expected)
    elif task == "load":
        inbound.load(engine, mapping, batches, expected, run_id=run_id)


class InterruptedBatches(Batches):
    """Batches whose first page comes to rest after something has happened in the org."""

    def __init__(self, folder: Folder, happen: Callable[[], None]) -> None:
        super().__init__(folder)
        object.__setattr__(self, "happen", happen)

    def write_page(self, number: int, data: bytes, stage: PageStage = "pages") -> None:
        if number == 1 and stage == "pages":
            self.happen()  # type: ignore[attr-defined]
        super().write_page(number, data, stage)


@dataclass
class World:
    """Both sides, and what a task would do between them."""

    org: RunningOrg
    engine: Engine
    database_url: str
    folder: Path
    mappings: Path = MAPPINGS
    run_numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def catalog(self) -> Catalog:
        return require_sound(read_catalog(self.mappings))

    def without_fallbacks(self) -> None:
        """Has a record wait in quarantine whose label the value map lacks: from now on no shipped field falls back."""
        self.mappings = Path(copytree(MAPPINGS, self.folder / "mappings"))
        accounts = self.mappings / "accounts.yaml"
        accounts.write_text(re.sub(r", fallback: \w+", "", accounts.read_text()))

    def login(self, *, url: str | None = None, secret: str = SECRET) -> Salesforce:
        session = open_session(login_host=url or self.org.base_url)
        session.backoff_s, session.pause = 0.0, lambda _: None
        with org_errors("log in"):
            return Salesforce(
                session=session, domain="localorg", version="66.0", consumer_key=KEY, consumer_secret=secret
            )

    def people(self) -> OrgClient:
        """The org as its other users see it."""
        return OrgClient(self.org.base_url, key=KEY, secret=SECRET, ca_file=None)

    def next_run(self) -> str:
        return f"run-{next(self.run_numbers)}"

    def prepare(self) -> None:
        """Makes the tables, as the first task of each DAG does."""
        with transaction(self.engine) as connection:
            prepare_warehouse(connection, self.catalog)

    def batches(self, run_id: str, name: str) -> Batches:
        return Batches(self.folder / "batches" / run_id / name)

    def run_import(
        self,
        run_id: str | None = None,
        sf: Salesforce | None = None,
        pause: Callable[[float], None] | None = None,
        objects: Collection[str] | None = None,
        **options: Any,
    ) -> dict[str, Counts]:
        """One run of the import, of all mappings or of these, all of its tasks in the order of the DAG.

        Returns:
            The counts of the objects that changed.
        """
        run_id, sf = run_id or self.next_run(), sf or self.login()
        self.prepare()
        expected = self.run_probe(run_id, sf, pause, objects, **options)
        names = [mapping.name for mapping in self.catalog.inbound if mapping.name in expected]
        return {name: self.read_mapping(name, expected, sf, run_id) for name in names}

    def run_probe(
        self,
        run_id: str | None = None,
        sf: Salesforce | None = None,
        pause: Callable[[float], None] | None = None,
        objects: Collection[str] | None = None,
        **options: Any,
    ) -> dict[str, int | None]:
        """The probe of a run, on a prepared warehouse."""
        run_id, sf, pause = run_id or self.next_run(), sf or self.login(), pause or self.org.control.advance_clock
        mappings = [m for m in self.catalog.inbound if objects is None or m.name in objects]
        run = RunOptions(**options)
        due = inbound.choose_due(self.engine, mappings, run)
        return inbound.probe(self.engine, sf, due, run, run_id=run_id, pause=pause)

    def read_mapping(
        self,
        name: str,
        expected: dict[str, int | None],
        sf: Salesforce,
        run_id: str,
        during_extract: Callable[[], None] | None = None,
    ) -> Counts:
        """The tasks of one mapping after the probe.

        Args:
            during_extract: is called before the first page is written.
        """
        mapping, batches = self.catalog.mapping(name), self.batches(run_id, name)
        if during_extract:
            batches = InterruptedBatches(batches.folder, during_extract)
        extracted = inbound.extract(self.engine, sf, mapping, batches, expected[name], RunOptions(), run_id=run_id)
        return self.transform_and_load(name, extracted, run_id)

    def transform_and_load(self, name: str, extracted: int, run_id: str) -> Counts:
        """The tasks of one mapping after `extract`."""
        mapping, batches = self.catalog.mapping(name), self.batches(run_id, name)
        made = inbound.transform(mapping, batches, extracted)
        return self.load(name, inbound.validate(mapping, batches, made), run_id)

    def load(self, name: str, valid: int, run_id: str) -> Counts:
        """The last task of one mapping."""
        return inbound.load(self.engine, self.catalog.mapping(name), self.batches(run_id, name), valid, run_id=run_id)

    def parity(self) -> list[Parity]:
        return compare_all(self.people(), self.engine, self.mappings)

    def is_in_parity(self) -> bool:
        return all(line.holds for line in self.parity())

    def rows(self, query: str, **parameters: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), parameters))

    def one(self, query: str, **parameters: Any) -> Any:
        (row,) = self.rows(query, **parameters)
        return row[0] if len(row) == 1 else row


def fill_org(org: OrgClient) -> None:
    """Three accounts, four contacts and three opportunities, some of them awkward."""
    acme, globex, _ = (
        org.create("Account", {"Name": name, "Industry": "Banking", "BillingPostalCode": "00123"})
        for name in ('Acme "Best" Ltd', "Globex", "Initech")
    )
    for last_name, account in [("Ito", acme), ("O'Neill", acme), ("Zoë 🎉", globex), ("Freelance", None)]:
        org.create("Contact", {"LastName": last_name, "AccountId": account, "MailingStreet": "1 Main St\nFloor 2"})
    for number, stage in enumerate(["Prospecting", "Closed Won", "Closed Lost"]):
        deal = {"Name": f"Deal {number}", "StageName": stage, "CloseDate": "2026-12-31", "Amount": 1000.5 * number}
        org.create("Opportunity", deal | {"AccountId": acme})
