"""Say in the comment of `sync.plan.operation` that the record of a row that is unlinked or deleted is given up, too."""

from __future__ import annotations

from alembic import op

revision = "v0020_unlinked_records"
down_revision = "v0019_value_maps"

_OPERATION = (
    "update: the record exists; upsert: the org makes it where it does not; give_up: the row has another record now "
    "or none, and the fields of this one are emptied, before all other writes."
)


def upgrade() -> None:
    """Replace the comment."""
    op.alter_column("plan", "operation", comment=_OPERATION, schema="sync")
