"""Let a run empty the record that a row has left, beside what it writes to the row's new one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0016_given_up_records"
down_revision = "v0015_newest_stamp"

_OPERATION = (
    "update: the record exists; upsert: the org makes it where it does not; give_up: the row has another record now, "
    "and the fields of this one are emptied first."
)


def upgrade() -> None:
    """Allow the operation, and one line that counts per run, mapping, row and record."""
    op.drop_constraint("plan_operation_check", "plan", schema="sync")
    op.create_check_constraint(
        "plan_operation_check", "plan", "operation IN ('update', 'upsert', 'give_up')", schema="sync"
    )
    op.alter_column("plan", "operation", comment=_OPERATION, schema="sync")
    op.drop_index("plan_run_id_mapping_row_id_idx", "plan", schema="sync")
    op.create_index(
        "plan_run_id_mapping_row_id_record_key_idx",
        "plan",
        ["run_id", "mapping", "row_id", "record_key"],
        unique=True,
        schema="sync",
        postgresql_where=sa.text("replanned_at IS NULL"),
    )
