"""Allow `out_of_scope` as the state of a record in quarantine that meets the condition of its mapping no longer."""

from __future__ import annotations

from alembic import op

revision = "v0031_out_of_scope"
down_revision = "v0030_people"

_STATE = (
    "waiting: not in the warehouse as it is in the org; released: the reason is gone; "
    "gone: the org does not return the record any more, as it was purged or hidden from the integration user; "
    "out_of_scope: it meets the mapping's `receive.where` no longer."
)


def upgrade() -> None:
    """Replace the constraint, and write the comment anew."""
    op.drop_constraint("quarantine_state_check", "quarantine", schema="sync")
    op.create_check_constraint(
        "quarantine_state_check",
        "quarantine",
        "state IN ('waiting', 'released', 'gone', 'out_of_scope')",
        schema="sync",
    )
    op.alter_column("quarantine", "state", comment=_STATE, schema="sync")
