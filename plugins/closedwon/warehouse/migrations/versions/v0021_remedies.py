"""Keep what to do about a failed task beside what it said."""

from __future__ import annotations

from alembic import op

revision = "v0021_remedies"
down_revision = "v0020_unlinked_records"


def upgrade() -> None:
    """Add `sync.failure.remedy`; the failures that are there get the words that they were shown with."""
    op.execute("""
        ALTER TABLE sync.failure ADD COLUMN remedy text;
        UPDATE sync.failure
           SET remedy = format('Do what the message says, then clear the task `%s` and those after it.', task);
        ALTER TABLE sync.failure ALTER COLUMN remedy SET NOT NULL;
        COMMENT ON COLUMN sync.failure.remedy IS 'What to do; it ends the message, or refers to it.'
    """)
