"""Keep which columns the next import has to fill in all rows."""

from __future__ import annotations

from alembic import op

revision = "v0012_unfilled_columns"
down_revision = "v0011_unlinked"


def upgrade() -> None:
    """Make `sync.unfilled_column`."""
    op.execute("""
        CREATE TABLE sync.unfilled_column (
            mapping text NOT NULL,
            column_name text NOT NULL,
            since_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT unfilled_column_pkey PRIMARY KEY (mapping, column_name));
        COMMENT ON TABLE sync.unfilled_column IS
            'Columns that are new in a mapping, or hold another field than before. The next import reads all records.';
        COMMENT ON COLUMN sync.unfilled_column.mapping IS 'Name of the mapping file.';
        COMMENT ON COLUMN sync.unfilled_column.column_name IS 'Column of the mapping''s table.';
        COMMENT ON COLUMN sync.unfilled_column.since_at IS 'When the mapping began to fill it.'
    """)
