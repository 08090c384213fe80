"""Table `delivery.projects`, and how a rule inserts projects.

The tables of schema `delivery` are a public interface: delivery teams read and write them by plain SQL, with any tool.
Closedwon inserts projects, and of existing ones changes only the account, where that was merged into another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Computed,
    Connection,
    Identity,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    case,
    column,
    func,
    literal,
    select,
    text,
)
from sqlalchemy import table as lightweight_table
from sqlalchemy.dialects.postgresql import CHAR
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.types import TypeEngine

from closedwon.kinds import KINDS
from closedwon.mapping.model.names import ADDRESS
from closedwon.mapping.model.project_columns import PROJECT_COLUMNS, ProjectColumn
from closedwon.mapping.resolve.rules import ResolvedRule
from closedwon.warehouse.delivery.source_rows import SourceRows, find_client
from closedwon.warehouse.json_table import as_table
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.postgres_type import PostgresType
from closedwon.warehouse.state.columns import time_column


def id_column(comment: str = "Our own id.") -> Column[int]:
    """Return the column `id` of a table of schema `delivery`; Postgres generates its values."""
    return Column("id", BigInteger, Identity(always=True), primary_key=True, comment=comment)


def flag_column(name: str, comment: str) -> Column[bool]:
    """Return a column that is false until the team sets it."""
    return Column(name, Boolean, nullable=False, server_default=text("false"), comment=comment)


def _to_column(declared: ProjectColumn) -> Column[Any]:
    """Return the table's column for a declared one, with the default or generated value that some have in Postgres."""
    name, comment = declared.name, declared.comment
    if name == "id":
        return id_column(comment)
    if name == "code":
        return Column(name, Text, _CODE, unique=True, comment=comment)
    if name == "created_at":
        return time_column(name, comment, now=True)
    if declared.is_flag:
        return flag_column(name, comment)
    if name.endswith("salesforce_id"):
        return Column(name, CHAR(18), comment=comment)
    return Column(name, _type_of(declared), nullable=name not in ("name", "lead_email"), comment=comment)


def _type_of(declared: ProjectColumn) -> TypeEngine[Any]:
    return Numeric(*declared.precision) if declared.precision else PostgresType(KINDS[declared.type].postgres_type)


# lpad alone would cut off the seventh digit, so that two projects would have the same code.
_CODE = Computed("'P-' || lpad(id::text, greatest(6, length(id::text)), '0')", persisted=True)

# No foreign key to accounts: crm.accounts exists only if a mapping file fills it, and mapping files can be removed.
PROJECTS = Table(
    "projects",
    METADATA,
    *(_to_column(declared) for declared in PROJECT_COLUMNS if declared.writer != "view"),
    UniqueConstraint("source_salesforce_id", "rule"),
    schema="delivery",
    comment="One row per delivery project. Written by rules (once) and by delivery teams (any time).",
)


def custom_columns_table(columns: Iterable[ProjectColumn]) -> Table:
    """Return the columns that mapping files add to the projects, as a table of the same name."""
    added = (Column(column.name, _type_of(column), comment=column.comment) for column in columns)
    return Table(PROJECTS.name, MetaData(), *added, schema=PROJECTS.schema, comment=PROJECTS.comment)


_CODE_FORM = re.compile(r"P-([0-9]{1,18})", re.IGNORECASE)


def read_last_code(connection: Connection) -> str:
    """Return the code that was given last, or will be given first."""
    last = connection.scalar(text(f"SELECT last_value FROM {_find_sequence(connection)}"))  # noqa: S608
    return f"P-{last:06}"


def skip_codes(connection: Connection, codes: Iterable[str]) -> None:
    """Give new projects codes behind these, which others than ours carry; what has another form is none of them."""
    numbers = [int(found[1]) for code in codes if (found := _CODE_FORM.fullmatch(code))]
    if numbers:
        connection.execute(text("LOCK TABLE delivery.projects IN SHARE ROW EXCLUSIVE MODE"))
        sequence = _find_sequence(connection)
        last = connection.scalar(text(f"SELECT last_value FROM {sequence}"))  # noqa: S608
        connection.execute(select(func.setval(sequence, max(last or 1, *numbers))))


def _find_sequence(connection: Connection) -> str:
    return str(connection.scalar(select(func.pg_get_serial_sequence("delivery.projects", "id"))))


def lock_rule(connection: Connection, rule: str) -> None:
    """Lock the rule until the transaction ends; wait for another run that has locked it."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("closedwon.rule"), func.hashtext(rule))))


def insert_projects(connection: Connection, source: ResolvedRule, decisions: pd.DataFrame) -> pd.Series[int]:
    """Insert projects for the decisions and return their ids by `source_salesforce_id`; existing projects are left out.

    The one-time values are copied from table to table inside Postgres, so they lose no precision.

    Args:
        decisions: those with outcome "made".
    """
    source_rows = SourceRows(source)
    table = source_rows.table
    begins_on = column("begins_on", PROJECTS.c.start_on.type)
    picked = as_table("picked", decisions, PROJECTS.c.source_salesforce_id, PROJECTS.c.template, begins_on)
    values: dict[str, ColumnElement[Any]] = {
        "rule": literal(source.rule.name),
        "source_sobject": literal(source.rule.source),
        "source_salesforce_id": table.c.salesforce_id,
        "account_id": find_client(table, source),
        "lead_email": _find_lead(source_rows, source),
        "template": picked.c.template,
        **({"start_on": picked.c.begins_on} if source.dates_from else {}),
        **{filling.column: source_rows.value(filling) for filling in source.fillings},
    }
    rows = select(*values.values()).select_from(
        source_rows.joined.join(picked, picked.c.source_salesforce_id == table.c.salesforce_id)
    )
    projects = lightweight_table("projects", *map(column, values), schema="delivery")  # with the custom columns
    statement = upsert(projects).from_select(list(values), rows)
    statement = statement.on_conflict_do_nothing(index_elements=["rule", "source_salesforce_id"])
    made = connection.execute(statement.returning(PROJECTS.c.source_salesforce_id, PROJECTS.c.id)).all()
    return pd.Series(dict(made), dtype="Int64")


def _find_lead(rows: SourceRows, source: ResolvedRule) -> ColumnElement[str]:
    """Return the lead's address from the rule's field, where that holds one; else the default."""
    default = literal(source.rule.default_lead)
    if source.lead is None:
        return default
    address = func.btrim(rows.value(source.lead))
    return case((address.regexp_match(f"^{ADDRESS}$"), address), else_=default)
