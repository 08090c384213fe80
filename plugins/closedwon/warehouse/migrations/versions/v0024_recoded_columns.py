"""Say in comments that a changed value map has rows read anew, and what becomes of a removed mapping's quarantine."""

from __future__ import annotations

from alembic import op

revision = "v0024_recoded_columns"
down_revision = "v0023_org"


def upgrade() -> None:
    """Replace the comments."""
    op.execute("""
        COMMENT ON TABLE sync.unfilled_column IS
            'Columns that are new in a mapping, or hold another field or other codes of its value map than before. '
            'The next import reads all records.';
        COMMENT ON COLUMN sync.unfilled_column.since_at IS 'When the mapping began to fill it so.';
        COMMENT ON TABLE sync.quarantine IS
            'Records of the org that could not be written, one row per record and field. Those of a mapping whose file '
            'was removed wait for the file to come back: until then no run tries them again, and sync.attention leaves '
            'them out.'
    """)
