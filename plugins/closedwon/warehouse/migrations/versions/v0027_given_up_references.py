"""Say in the comment of `sync.plan.operation` that the record of an unlinked row gives up its reference, too."""

from __future__ import annotations

from alembic import op

revision = "v0027_given_up_references"
down_revision = "v0026_new_rows"

_OPERATION = (
    "update: the record exists; upsert: the org makes it where it does not; give_up: the row has another record now "
    "or none, and the fields of this one are emptied, of its own record the reference to what it belonged to; before "
    "all other writes."
)


def upgrade() -> None:
    """Replace the comment."""
    op.alter_column("plan", "operation", comment=_OPERATION, schema="sync")
