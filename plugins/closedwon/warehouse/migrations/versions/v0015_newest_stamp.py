"""Keep the latest SystemModstamp of each object beside its watermark; the first probe after the upgrade fills it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0015_newest_stamp"
down_revision = "v0014_reading_of_a_window"


def upgrade() -> None:
    """Add `sync.watermark.newest_at`."""
    about = "The latest SystemModstamp of the object's records; the next run reads from before it, if `at` is later."
    op.add_column("watermark", sa.Column("newest_at", sa.DateTime(timezone=True), comment=about), schema="sync")
