"""The tables that the round ends with, read from the warehouse's own state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from demo.parity import Parity

READ = text("""
    SELECT mapping, sum(read)::int AS read, sum(written)::int AS written, sum(unchanged)::int AS unchanged,
           sum(rejected)::int AS rejected, sum(skipped)::int AS skipped
      FROM sync.run WHERE finished_at >= :since AND finished_at < :until
     GROUP BY mapping HAVING sum(read) > 0 ORDER BY mapping
""")
REJECTED = text("""
    SELECT mapping, reason, count(*) AS records FROM sync.quarantine
     WHERE state = 'waiting' GROUP BY mapping, reason ORDER BY mapping, reason
""")
PROJECTS = text("""
    SELECT coalesce(template, 'none') AS template, lead_email, count(*) AS projects FROM delivery.projects
     GROUP BY 1, 2 ORDER BY 3 DESC
""")
DECISIONS = text("""
    SELECT outcome, reason, count(*) AS records FROM sync.decision
     WHERE outcome NOT IN ('made', 'exists') GROUP BY 1, 2 ORDER BY 3 DESC
""")
WRITTEN = text("""
    SELECT d.code AS project, f.key AS field, p.before ->> f.key AS before, f.value AS after
      FROM sync.plan p JOIN delivery.projects d ON d.id = p.row_id, LATERAL jsonb_each_text(p.after) AS f
     WHERE p.planned_at >= :since AND p.planned_at < :until AND p.state = 'ok'
     ORDER BY p.mapping, p.row_id, f.key LIMIT 12
""")
EXPORTED = text("""
    SELECT mapping, state, count(*) AS records, sum(cardinality(ARRAY(SELECT jsonb_object_keys(after)))) AS fields
      FROM sync.plan WHERE planned_at >= :since AND planned_at < :until GROUP BY 1, 2 ORDER BY 1, 2
""")
API_CALLS = text("""
    SELECT coalesce(sum(calls), 0)::int FROM sync.api_usage WHERE recorded_at >= :since AND recorded_at < :until
""")


@dataclass(frozen=True)
class Span:
    """A part of the round, by the warehouse's clock: a run that Airflow's own schedule starts in it counts too."""

    title: str
    since: datetime
    until: datetime

    @property
    def bounds(self) -> dict[str, Any]:
        """Return the parameters of the span's queries."""
        return {"since": self.since, "until": self.until}


class Report:
    """Prints what one round did."""

    def __init__(self, console: Console, warehouse: Engine) -> None:
        self._console = console
        self._warehouse = warehouse

    def imported(self, span: Span) -> None:
        """Print per object how many records were read, written, unchanged, rejected, skipped."""
        self._print(span.title, READ, span.bounds, empty="Nothing had changed in the org: no object started a task.")

    def rejected(self) -> None:
        """Print what waits in quarantine, and why."""
        self._print("In quarantine", REJECTED, {}, empty="Nothing is in quarantine.")

    def projects(self) -> None:
        """Print the projects by template and lead, and why the other opportunities made none."""
        self._print("Projects", PROJECTS, {}, empty="No project was made.")
        self._print("Why the others made none", DECISIONS, {}, empty="Every opportunity made a project.")

    def exported(self, span: Span) -> None:
        """Print rows and fields per mapping and end state, and some of the fields before and after."""
        self._print("Written to Salesforce", EXPORTED, span.bounds, empty="Nothing had to be written.")
        self._print("Some of the projects' fields, before and after", WRITTEN, span.bounds, empty="None.")

    def api_calls(self, spans: Sequence[Span]) -> None:
        """Print the API calls of each part of the round."""
        with self._warehouse.connect() as connection:
            calls = [(span.title, connection.scalar(API_CALLS, span.bounds)) for span in spans]
        self._show("API calls used", ["part", "calls"], calls)

    def parity(self, lines: Sequence[Parity]) -> None:
        """Print one line per object of the independent comparison."""
        self._console.print("\n[bold]Parity of org and warehouse[/]")
        for line in lines:
            sign = "[green]✓[/]" if line.holds else "[red]✗[/]"
            self._console.print(f" {sign} {line}", highlight=False)

    def _print(self, title: str, query: Any, parameters: dict[str, Any], *, empty: str) -> None:
        with self._warehouse.connect() as connection:
            result = connection.execute(query, parameters)
            self._show(title, list(result.keys()), [tuple(row) for row in result], empty=empty)

    def _show(self, title: str, columns: list[str], rows: list[tuple[Any, ...]], *, empty: str = "") -> None:
        if not rows:
            if empty:
                self._console.print(f"\n[bold]{title}[/]\n {empty}")
            return
        table = Table(title=title, title_justify="left", title_style="bold")
        for name, values in zip(columns, zip(*rows, strict=True), strict=True):
            is_number = all(isinstance(value, int) for value in values if value is not None)
            table.add_column(name, justify="right" if is_number else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self._console.print()
        self._console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "·"
    return f"{value:,}" if isinstance(value, int) else str(value)
