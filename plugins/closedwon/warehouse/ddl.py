"""DDL statements of Postgres that SQLAlchemy lacks, quoted by SQLAlchemy."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Column, Text
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


class CommentOn(DDLElement):
    """`COMMENT ON` a table, a view or a column; names as `schema.view` and `schema.view.column`."""

    def __init__(self, kind: Literal["TABLE", "VIEW", "COLUMN"], name: str, comment: str) -> None:
        self.kind, self.name, self.comment = kind, name, comment


@compiles(CommentOn)
def _compile_comment_on(element: CommentOn, compiler: DDLCompiler, **_: Any) -> str:
    name = ".".join(map(compiler.preparer.quote, element.name.split(".")))
    return f"COMMENT ON {element.kind} {name} IS {compiler.sql_compiler.render_literal_value(element.comment, Text())}"
