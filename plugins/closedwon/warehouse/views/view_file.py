"""Reading of the views' SQL files: a comment on the view, one on each of its columns, and the query."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.dialects.postgresql.base import PGDialect

from closedwon.mapping.model.project_columns import ProjectColumn

FOLDER = Path(__file__).parent
_COLUMN = re.compile(r"([a-z][a-z0-9_]*): (.+)")
_quote = PGDialect().identifier_preparer.quote  # type: ignore[no-untyped-call]
_PLACEHOLDER = "$project_columns"


@dataclass(frozen=True)
class View:
    """A view as its file defines it; `comment` ends with a digest of the definition, which tells an old view."""

    name: str
    comment: str
    columns: Dictionary[str, str]
    """Column name to comment; a view may have more columns than these."""
    query: str


def read_views(project_columns: Sequence[ProjectColumn]) -> list[View]:
    """Return the views of all files, by name.

    Args:
        project_columns: the declared ones, and those that mapping files add.
    """
    return [read_view(path, project_columns) for path in sorted(FOLDER.glob("*.sql"))]


def read_view(path: Path, project_columns: Sequence[ProjectColumn] = ()) -> View:
    """Return the view of one file, which is named as the view: `schema.view.sql`."""
    text = path.read_text(encoding="utf-8")
    header, _, query = text.partition("\n\n")
    about, _, columns = header.partition("\n--\n")
    comments = dict(_COLUMN.fullmatch(line.removeprefix("-- ")).groups() for line in columns.splitlines())  # type: ignore[union-attr, misc]
    if _PLACEHOLDER in query:
        shown = [c for c in project_columns if c.writer != "view" and c.name not in comments]
        query = query.replace(_PLACEHOLDER, ", ".join(f"p.{_quote(column.name)}" for column in shown))
        comments = {column.name: column.comment for column in project_columns} | comments
    about = " ".join(line.removeprefix("-- ") for line in about.splitlines())
    digest = hashlib.sha256(repr((about, comments, query)).encode()).hexdigest()[:8]
    return View(path.stem, f"{about} (Text {digest}.)", comments, query)
