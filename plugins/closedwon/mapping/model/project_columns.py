"""The columns of a project: what each holds, who writes it, and what a rule may fill.

The table `delivery.projects`, the view `delivery.projects_current`, what rules may fill and what can be sent all follow
from this list. A team's own column is no line here: a field of a mapping on `delivery.projects` with a column that is
not in this list declares it (`custom_columns`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from closedwon.kinds import KINDS
from closedwon.mapping.model.mapping import Field, FieldType, Mapping

PROJECTS_TABLE = "delivery.projects"

Writer = Literal["closedwon", "team", "view"]
"""`closedwon` writes when it makes the project and never again; `team` also changes it; `view` computes it."""

_ORIGIN: dict[Writer, str] = {
    "closedwon": "Written by Closedwon.",
    "team": "Written by the team.",
    "view": "Computed by the view delivery.projects_current.",
}


@dataclass(frozen=True)
class ProjectColumn:
    """One column of `delivery.projects`, or (`writer == "view"`) of `delivery.projects_current` alone."""

    name: str
    type: FieldType
    writer: Writer
    meaning: str
    """What the value is, and its unit."""
    is_filled_by_rules: bool = False
    """Whether a rule's `once` may fill it."""
    is_flag: bool = False
    """Never null, and false when the project is made."""
    precision: tuple[int, int] | None = None
    """Digits in all, and digits after the point, for numbers that the warehouse rounds."""

    @property
    def comment(self) -> str:
        """What people read in Postgres: the meaning, and where the value comes from."""
        origin = "A rule may fill it once; then it is the team's." if self.is_filled_by_rules else _ORIGIN[self.writer]
        return f"{self.meaning} {origin}"


def _once(name: str, kind: FieldType, meaning: str, *, precision: tuple[int, int] | None = None) -> ProjectColumn:
    return ProjectColumn(name, kind, "team", meaning, is_filled_by_rules=True, precision=precision)


PROJECT_COLUMNS = (
    ProjectColumn("id", "integer", "closedwon", "Our own id."),
    ProjectColumn(
        "code", "text", "closedwon", "The project's id as people and Salesforce see it, for example P-000042."
    ),
    ProjectColumn(
        "rule", "text", "closedwon", "Id of the rule that made the project; null where the team made it by hand."
    ),
    ProjectColumn(
        "source_sobject",
        "text",
        "closedwon",
        "Salesforce object of the record that the project comes from, for example Opportunity; null for none.",
    ),
    ProjectColumn(
        "source_salesforce_id",
        "text",
        "closedwon",
        "Salesforce id of the record that the project comes from; null for none, until a person sets it.",
    ),
    ProjectColumn(
        "account_id",
        "integer",
        "closedwon",
        "The client: crm.accounts.id. An account may have many projects; where it is merged, they follow.",
    ),
    _once("name", "text", "The project's title."),
    _once("client_name", "text", "The client's name as it was when the project was made."),
    ProjectColumn(
        "lead_email", "text", "team", "E-mail address of the internal project lead; at first the rule's default_lead."
    ),
    ProjectColumn(
        "template", "text", "closedwon", "Name of the template that phases and tasks were made from; null for none."
    ),
    ProjectColumn(
        "is_setup_complete",
        "boolean",
        "team",
        "The initial setup page is completed: the project is being planned.",
        is_flag=True,
    ),
    ProjectColumn("is_active", "boolean", "team", "The project was set active: work is in progress.", is_flag=True),
    ProjectColumn("is_archived", "boolean", "team", "The team put the project away.", is_flag=True),
    _once("start_on", "date", "Calendar day on which the work is planned to start."),
    _once("due_on", "date", "Calendar day by which the project is promised."),
    ProjectColumn("started_on", "date", "team", "Calendar day on which the work did start."),
    ProjectColumn("completed_on", "date", "team", "Calendar day on which the work was completed."),
    _once("risk_status", "text", "Risk, in the team's words."),
    _once("health", "text", "Health, in the team's words."),
    _once("health_note", "text", "What stands behind the health."),
    _once("description", "text", "What the project is about."),
    _once("private_notes", "text", "Notes that the client does not see."),
    _once("contract_value", "number", "What was sold, in the currency of the source record.", precision=(18, 2)),
    _once(
        "implementation_budget",
        "number",
        "What may be spent, in the currency of the source record.",
        precision=(18, 2),
    ),
    _once(
        "estimated_hours",
        "number",
        "Estimated effort in hours; where null, the view takes the hours of the tasks.",
        precision=(12, 2),
    ),
    ProjectColumn(
        "created_at",
        "datetime",
        "closedwon",
        "When it was made, by the warehouse's clock; shown in the time zone of your session.",
    ),
    ProjectColumn(
        "salesforce_id",
        "text",
        "view",
        "Salesforce id of the record that it is sent to; of several mappings, the first one's (sync.link).",
    ),
    ProjectColumn(
        "opportunity_salesforce_id",
        "text",
        "view",
        "The source record's Salesforce id, where that is an Opportunity; else null.",
    ),
    ProjectColumn("status", "text", "view", "draft, planning, in_progress or complete, as it follows from the work."),
    ProjectColumn("current_phase", "text", "view", "Title of the first phase with a task that is not done."),
    ProjectColumn(
        "tasks_complete_pct", "integer", "view", "Tasks done of all tasks, per cent, rounded down; 0 without tasks."
    ),
    ProjectColumn(
        "hours_used_pct",
        "number",
        "view",
        "Hours used of those estimated, per cent, rounded, above 100 where more were used; null without an estimate. "
        "Numeric, as hours can be more than an integer holds, or NaN.",
    ),
    ProjectColumn("projected_due_on", "date", "view", "The latest due date of its tasks, a calendar day."),
)

NEEDED_COLUMNS = ("name", "client_name")
"""Where a rule fills these and there is nothing to fill them from, the project waits: it must have title and client."""


_COMES_FROM = {"opportunity_salesforce_id": "source_salesforce_id"}
"""By column of the view that holds a record's id: the table's column that people can set."""


def to_table_column(mapping: Mapping, column: str) -> str | None:
    """Return the column of the mapping's table that people can set for a sent column; None for one that is computed."""
    if mapping.sent_from == mapping.table:
        return column
    return _COMES_FROM.get(column) if mapping.table == PROJECTS_TABLE else None


def is_sent_by_code(mapping: Mapping) -> bool:
    """Return whether the mapping sends projects, and finds their records by the project's code."""
    return mapping.table == PROJECTS_TABLE and mapping.send is not None and mapping.send.key.column == "code"


def custom_columns(mappings: Iterable[Mapping]) -> tuple[ProjectColumn, ...]:
    """Return the columns that mapping files add to `delivery.projects`: those of its fields that no line above names.

    Two files may name one column; it is declared once, by the first.
    """
    declared = {column.name for column in PROJECT_COLUMNS}
    added: dict[str, ProjectColumn] = {}
    for mapping in mappings:
        for field in mapping.fields if mapping.table == PROJECTS_TABLE else ():
            if field.direction != "none" and field.column not in declared:
                added.setdefault(field.column, _to_column(mapping, field))
    return tuple(added.values())


def fillable_columns(mappings: Iterable[Mapping]) -> dict[str, tuple[FieldType, ...]]:
    """Return the project columns that a rule may fill, each with the types of Salesforce fields that fit it."""
    columns = (*PROJECT_COLUMNS, *custom_columns(mappings))
    return {
        column.name: tuple(sorted({column.type} | KINDS[column.type].also_holds))
        for column in columns
        if column.is_filled_by_rules
    }


def _to_column(mapping: Mapping, field: Field) -> ProjectColumn:
    meaning = f"Salesforce {mapping.sobject}.{field.salesforce}. {field.note}".strip()
    return ProjectColumn(field.column, field.type, "team", meaning, is_filled_by_rules=True)
