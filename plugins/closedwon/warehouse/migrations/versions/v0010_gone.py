"""Allow `gone` as the state of a record in quarantine that the org does not return any more."""

from __future__ import annotations

from alembic import op

revision = "v0010_gone"
down_revision = "v0009_replanned_writes"

_STATE = (
    "waiting: not in the warehouse as it is in the org; released: the reason is gone; "
    "gone: the org does not return the record any more, as it was purged or hidden from the integration user."
)


def upgrade() -> None:
    """Replace the constraint, and write the comments anew."""
    op.drop_constraint("quarantine_state_check", "quarantine", schema="sync")
    op.create_check_constraint(
        "quarantine_state_check", "quarantine", "state IN ('waiting', 'released', 'gone')", schema="sync"
    )
    op.alter_column("quarantine", "state", comment=_STATE, schema="sync")
    op.alter_column("quarantine", "released_at", comment="When the reason was gone, or the record.", schema="sync")
