"""Note which records were there when a rule ran first, so that a rule can leave them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0028_existing_records"
down_revision = "v0027_given_up_references"


def upgrade() -> None:
    """Add `sync.decision.was_there`, false for decisions that are there, and write a comment anew."""
    about = "It was there when the rule ran first, and has not left the trigger's value since."
    was_there = sa.Column("was_there", sa.Boolean, nullable=False, server_default=sa.false(), comment=about)
    op.add_column("decision", was_there, schema="sync")
    unmet = (
        "Condition of the rule that it did not meet, and what its field had, or the rule that comes first and "
        "takes it; null for none."
    )
    op.alter_column("decision", "unmet", comment=unmet, schema="sync")
