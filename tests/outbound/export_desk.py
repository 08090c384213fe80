"""A desk that works with both sides: changes projects, exports them, and asks what warehouse and org hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from simple_salesforce import Salesforce
from sqlalchemy import Engine, Row, text

from closedwon.flows import outbound
from closedwon.flows.outbound import PlanCounts
from closedwon.mapping.model import Catalog, Mapping
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.salesforce.session import open_session
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.state.plan_results import ExportCounts
from localorg.server import RunningOrg, running_org

ROOT = Path(__file__).parents[2]

TASKS = """
WITH phase AS (
    INSERT INTO delivery.phases (project_id, position, name)
    VALUES (:project, 1, 'Kick-off'), (:project, 2, 'Build') RETURNING id, position)
INSERT INTO delivery.tasks (phase_id, project_id, position, name, hours, hours_used, due_on, is_done)
SELECT id, :project, 1, 'a task', 10, 4, DATE '2026-05-01' + position, position <= :done FROM phase
"""
"""Two phases with one task each; the tasks of the first `done` phases are complete."""


@dataclass
class Desk:
    """Changes projects as a delivery team does, exports them, and asks both sides what they hold."""

    engine: Engine
    catalog: Catalog
    org: RunningOrg
    sf: Salesforce
    _runs: Any = field(default_factory=lambda: count(1))

    def move_to(self, org: RunningOrg) -> None:
        """From now on the org is this one."""
        self.org, self.sf = org, connect(org)

    def mapping(self, name: str) -> Mapping:
        return self.catalog.mapping(name)

    def opportunities(self, number: int) -> list[str]:
        """Ids of new opportunities in the org."""
        names = (f"Acme {n}" for n in range(1, number + 1))
        closed = {"StageName": "Closed Won", "CloseDate": "2026-03-01"}
        return self.org.control.write_records("Opportunity", [{"Name": name, **closed} for name in names])

    def project(self, opportunity: str | None = None, **values: Any) -> int:
        """The row id of a new project; of a new opportunity where none is given."""
        (project,) = self.projects_of([opportunity or self.opportunities(1)[0]])
        for column, value in values.items():
            self.do(f"UPDATE delivery.projects SET {column} = :value WHERE id = :id", value=value, id=project)
        return project

    def projects(self, number: int) -> list[int]:
        """The row ids of new projects, each of a new opportunity."""
        return self.projects_of(self.opportunities(number))

    def projects_of(self, opportunities: Sequence[str]) -> list[int]:
        """The row ids of new projects of these opportunities."""
        made = self.ask(
            "INSERT INTO delivery.projects (name, lead_email, source_sobject, source_salesforce_id) "
            "SELECT 'Acme roll-out', 'lead@closedwon.example', 'Opportunity', id "
            "FROM unnest(CAST(:ids AS text[])) WITH ORDINALITY AS o (id, position) ORDER BY position RETURNING id",
            ids=list(opportunities),
        )
        return [row.id for row in made]

    def own_project(self) -> None:
        """A project that the team made by hand."""
        self.do("INSERT INTO delivery.projects (name, lead_email) VALUES ('Internal', 'lead@closedwon.example')")

    def plan(self, name: str = "projects", run_id: str | None = None) -> PlanCounts:
        return outbound.plan(self.engine, self.sf, self.mapping(name), run_id=run_id or "run")

    def apply(self, name: str = "projects", run_id: str | None = None) -> ExportCounts:
        return outbound.apply(self.engine, self.sf, self.mapping(name), run_id=run_id or "run")

    def settle(self, name: str = "projects", run_id: str | None = None) -> ExportCounts:
        return outbound.settle(self.engine, self.mapping(name), run_id=run_id or "run")

    def export(self, name: str = "projects") -> ExportCounts:
        """One whole run."""
        run_id = f"export {next(self._runs)}"
        self.plan(name, run_id)
        self.apply(name, run_id)
        return self.settle(name, run_id)

    def use(self, mapping: Mapping) -> None:
        """From now on the mapping of that name is this one."""
        others = tuple(m for m in self.catalog.mappings if m.name != mapping.name)
        self.catalog = replace(self.catalog, mappings=(*others, mapping))

    def ask(self, sql: str, **values: Any) -> Sequence[Row[Any]]:
        with self.engine.begin() as connection:
            return connection.execute(text(sql), values).all()

    def do(self, sql: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql), values)

    def ledger(self, run_id: str | None = None) -> Sequence[Row[Any]]:
        """The plan of a run, or of all runs."""
        return self.ask("SELECT * FROM sync.plan WHERE :run IS NULL OR run_id = :run ORDER BY id", run=run_id)

    def last(self) -> Row[Any]:
        """The newest line of the ledger."""
        return self.ledger()[-1]

    def records(
        self, sobject: str = "Delivery_Project__c", fields: str = "Id, Project_ID__c, Health__c"
    ) -> list[dict[str, Any]]:
        """What the org holds of an object, by id."""
        return list(self.sf.query_all(f"SELECT {fields} FROM {sobject} ORDER BY Id")["records"])

    def record(self, project: int) -> dict[str, Any]:
        """The record that a project is linked to."""
        (row,) = self.ask("SELECT salesforce_id FROM delivery.projects_current WHERE id = :id", id=project)
        return dict(self.sf.Delivery_Project__c.get(row.salesforce_id))

    def writes(self) -> int:
        """How many calls that write to records the org has answered."""
        return self.org.control.count_calls("composite/sobjects", "PATCH")


@contextmanager
def org_with_rules(folder: Path, rules: str) -> Iterator[RunningOrg]:
    """The org of this folder, whose projects now have these validation rules and no others."""
    objects = folder / "objects.yaml"
    shipped = (ROOT / "demo" / "org.yaml").read_text()
    objects.write_text(shipped.replace("  Delivery_Project__c:\n", f"  Delivery_Project__c:\n{rules}"))
    with running_org(folder / "ruled", objects=objects, tls=True) as org:
        yield org


def open_desk(engine: Engine, org: RunningOrg) -> Desk:
    """A desk between a prepared warehouse and the org, with the shipped mappings."""
    catalog = require_sound(read_catalog(ROOT / "include" / "mappings"))
    with engine.begin() as connection:
        prepare_warehouse(connection, catalog)
    return Desk(engine, catalog, org, connect(org))


def connect(org: RunningOrg) -> Salesforce:
    """A client that does not wait between two tries."""
    session = open_session(ca_file=str(org.ca_file))
    session.pause = lambda _: None
    return Salesforce(instance_url=org.base_url, session_id=org.access_token(), session=session)
