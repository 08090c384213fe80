"""Note when the reading of a window began, so that a load knows whether a later run has loaded since.

A window that was read before has null there: its load overwrites only rows with an earlier SystemModstamp.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0014_reading_of_a_window"
down_revision = "v0013_project_codes"

_COMMENTS = {
    ("window", "end_at"): "Records with this SystemModstamp or a later one are left to the next run. Not later than "
    "the second in which the reading began, because a record can change again in that second without a new "
    "SystemModstamp.",
    ("run", "written"): "Rows made or changed, by all tries of the run; in an export, records.",
}


def upgrade() -> None:
    """Add `sync.window.read_at`, and write the comments anew."""
    about = "When the reading of its records began; null before that."
    op.add_column("window", sa.Column("read_at", sa.DateTime(timezone=True), comment=about), schema="sync")
    for (table, column), comment in _COMMENTS.items():
        op.alter_column(table, column, comment=comment, schema="sync")
