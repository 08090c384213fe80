"""Note which further condition of a rule a record did not meet, so that it is looked at again when that changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0025_unmet_conditions"
down_revision = "v0024_recoded_columns"


def upgrade() -> None:
    """Add `sync.decision.unmet`."""
    about = "Condition of the rule that it did not meet, and what its field had; null for none."
    op.add_column("decision", sa.Column("unmet", sa.Text, comment=about), schema="sync")
