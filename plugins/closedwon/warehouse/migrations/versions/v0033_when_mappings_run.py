"""Keep which mappings are active, and how often they are read at most, for the views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0033_when_mappings_run"
down_revision = "v0032_skipped_records"


def upgrade() -> None:
    """Add the two columns to `sync.mapping`."""
    is_active = sa.Column(
        "is_active", sa.Boolean, nullable=False, server_default=sa.true(), comment="False: no run touches it."
    )
    every = sa.Column("every", sa.Interval, comment="How often scheduled runs read it at most; null: each time.")
    op.add_column("mapping", is_active, schema="sync")
    op.add_column("mapping", every, schema="sync")
