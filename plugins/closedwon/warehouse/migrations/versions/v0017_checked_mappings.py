"""Keep which mappings fit the org's describe; the first import after the upgrade compares all of them."""

from __future__ import annotations

from alembic import op

revision = "v0017_checked_mappings"
down_revision = "v0016_given_up_records"


def upgrade() -> None:
    """Make `sync.checked_mapping`."""
    op.execute("""
        CREATE TABLE sync.checked_mapping (
            mapping text CONSTRAINT checked_mapping_pkey PRIMARY KEY,
            digest text NOT NULL,
            described_at timestamptz NOT NULL,
            checked_at timestamptz NOT NULL DEFAULT now());
        COMMENT ON TABLE sync.checked_mapping IS
            'Mappings that fitted the org''s describe when the import last compared the two.';
        COMMENT ON COLUMN sync.checked_mapping.mapping IS 'Name of the mapping file.';
        COMMENT ON COLUMN sync.checked_mapping.digest IS 'State of the mapping file when it was checked.';
        COMMENT ON COLUMN sync.checked_mapping.described_at IS 'When the org sent the describe, by the org''s clock.';
        COMMENT ON COLUMN sync.checked_mapping.checked_at IS 'When it was checked, by the warehouse''s clock.'
    """)
