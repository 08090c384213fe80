"""A desk of the delivery side: a prepared warehouse, and records put into it as the import would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import Engine, Row, insert, text, update

from closedwon.flows.projects import ProjectCounts, make_projects
from closedwon.ids import to_id18
from closedwon.mapping.model import Catalog
from closedwon.warehouse.prepare import prepare_warehouse, table_of

TODAY = date(2026, 3, 2)


@dataclass
class Desk:
    """A warehouse with a catalog: puts records down, runs the rules, and asks."""

    engine: Engine
    catalog: Catalog
    _ids: Any = field(default_factory=lambda: count(1))
    _runs: Any = field(default_factory=lambda: count(1))

    def put(self, sobject: str, **values: Any) -> str:
        """The Salesforce id of a record that the import has just brought."""
        salesforce_id = to_id18(f"{sobject[:3].lower():x<3}{next(self._ids):012}")
        table = table_of(next(m for m in self.catalog.inbound if m.sobject == sobject))
        with self.engine.begin() as connection:
            stamp = datetime(2026, 3, 1, tzinfo=UTC)
            connection.execute(insert(table).values(salesforce_id=salesforce_id, system_modstamp=stamp, **values))
        return salesforce_id

    def put_account(self, **values: Any) -> int:
        """The row id of a new account."""
        salesforce_id = self.put("Account", **{"name": "Acme", **values})
        return int(self.ask("SELECT id FROM crm.accounts WHERE salesforce_id = :id", id=salesforce_id)[0].id)

    def put_opportunity(self, **values: Any) -> str:
        """An opportunity of an account; of a new one where none is given."""
        if "account_id" not in values:
            values["account_id"] = self.put_account()
        return self.put("Opportunity", **{"name": "Acme roll-out", "stage": "Closed Won", **values})

    def change(self, sobject: str, salesforce_id: str, **values: Any) -> None:
        """What an import does when the record has changed in Salesforce."""
        table = table_of(next(m for m in self.catalog.inbound if m.sobject == sobject))
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.c.salesforce_id == salesforce_id).values(**values))

    def move(self, salesforce_id: str, stage: str) -> None:
        self.change("Opportunity", salesforce_id, stage=stage)

    def run(self, today: date = TODAY, run_id: str | None = None) -> list[ProjectCounts]:
        run_id = run_id or f"run_{next(self._runs)}"
        return [
            make_projects(self.engine, self.catalog, rule, run_id=run_id, today=today) for rule in self.catalog.rules
        ]

    def ask(self, sql: str, **values: Any) -> Sequence[Row[Any]]:
        with self.engine.begin() as connection:
            return connection.execute(text(sql), values).all()

    def do(self, sql: str, **values: Any) -> None:
        """What a delivery team does, by plain SQL."""
        with self.engine.begin() as connection:
            connection.execute(text(sql), values)

    def project(self) -> Row[Any]:
        """The one project that there is, as people see it."""
        (project,) = self.ask("SELECT * FROM delivery.projects_current")
        return project

    def projects(self) -> int:
        return int(self.ask("SELECT count(*) AS n FROM delivery.projects")[0].n)

    def decision(self, salesforce_id: str) -> Row[Any]:
        (decision,) = self.ask("SELECT * FROM sync.decision WHERE source_salesforce_id = :id", id=salesforce_id)
        return decision


def open_desk(engine: Engine, catalog: Catalog) -> Desk:
    with engine.begin() as connection:
        prepare_warehouse(connection, catalog)
    return Desk(engine, catalog)
