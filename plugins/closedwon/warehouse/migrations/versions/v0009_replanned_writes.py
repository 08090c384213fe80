"""Let a repeated plan of a run plan anew the rows that were not written, beside what became of their first try."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0009_replanned_writes"
down_revision = "v0008_quarantined_decisions"


def upgrade() -> None:
    """Add the column, and allow one line that counts per run, mapping and row."""
    op.add_column(
        "plan",
        sa.Column(
            "replanned_at",
            sa.DateTime(timezone=True),
            comment="When a repeated plan of the run took the place of this one, whose row was not written; null: it "
            "counts.",
        ),
        schema="sync",
    )
    op.drop_constraint("plan_run_id_mapping_row_id_key", "plan", schema="sync")
    op.create_index(
        "plan_run_id_mapping_row_id_idx",
        "plan",
        ["run_id", "mapping", "row_id"],
        unique=True,
        schema="sync",
        postgresql_where=sa.text("replanned_at IS NULL"),
    )
