"""Record in `sync.plan` when a write was sent, so that only what was never sent is said to be so.

Of the writes that are there, those without an end state may have been sent as well: the next run looks.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0006_sent_writes"
down_revision = "v0005_ids"


def upgrade() -> None:
    """Add the column, and fill it for all writes but those that were rejected before they were sent."""
    op.add_column(
        "plan",
        sa.Column(
            "sent_at",
            sa.DateTime(timezone=True),
            comment="When the write was last sent to the org, or about to be; null: it never was.",
        ),
        schema="sync",
    )
    op.execute("""
        UPDATE sync.plan SET sent_at = coalesce(settled_at, planned_at)
         WHERE state <> 'skipped' AND NOT (state = 'rejected' AND after = '{}')
    """)
    op.alter_column(
        "plan",
        "state",
        comment="planned: no end state yet; ok, rejected, unprocessed: the org's answer; skipped: never sent.",
        schema="sync",
    )
