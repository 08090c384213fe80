"""DDL statements of Postgres that SQLAlchemy lacks, quoted by SQLAlchemy."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Column, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement
from sqlalchemy.sql.compiler import DDLCompiler


class AddColumn(DDLElement):
    """`ALTER TABLE ... ADD COLUMN`."""

    def __init__(self, column: Column[Any]) -> None:
        self.column = column


@compiles(AddColumn)
def _compile_add_column(element: AddColumn, compiler: DDLCompiler, **_: Any) -> str:
    table = compiler.preparer.format_table(element.column.table)
    return f"ALTER TABLE {table} ADD COLUMN {compiler.get_column_specification(element.column)}"


class CreateTrigger(DDLElement):
    """`CREATE TRIGGER` that calls a function of schema `sync`, of the trigger's name, with one argument.

    Args:
        event: when it fires, as `BEFORE INSERT`.
        when: a condition in SQL.
    """

    def __init__(self, table: Table, function: str, event: str, argument: str, *, when: str = "true") -> None:
        self.table, self.function, self.event, self.argument, self.when = table, function, event, argument, when


@compiles(CreateTrigger)
def _compile_create_trigger(element: CreateTrigger, compiler: DDLCompiler, **_: Any) -> str:
    table = compiler.preparer.format_table(element.table)
    argument = compiler.sql_compiler.render_literal_value(element.argument, Text())
    name = compiler.preparer.quote(f"{element.function}_{element.event.split()[1].lower()}")
    return (
        f"CREATE TRIGGER {name} {element.event} ON {table} FOR EACH ROW WHEN ({element.when}) "
        f"EXECUTE FUNCTION sync.{element.function}({argument})"
    )


class CommentOn(DDLElement):
    """`COMMENT ON` a table, a view or a column; names as `schema.view` and `schema.view.column`."""

    def __init__(self, kind: Literal["TABLE", "VIEW", "COLUMN"], name: str, comment: str) -> None:
        self.kind, self.name, self.comment = kind, name, comment


@compiles(CommentOn)
def _compile_comment_on(element: CommentOn, compiler: DDLCompiler, **_: Any) -> str:
    name = ".".join(map(compiler.preparer.quote, element.name.split(".")))
    return f"COMMENT ON {element.kind} {name} IS {compiler.sql_compiler.render_literal_value(element.comment, Text())}"
