"""How many rows an import has made, so that a try after a killed one can still announce them."""

from __future__ import annotations

from alembic import op

revision = "v0026_new_rows"
down_revision = "v0025_unmet_conditions"


def upgrade() -> None:
    """Add `sync.run.new_rows`."""
    op.execute("""
        ALTER TABLE sync.run ADD COLUMN new_rows integer;
        COMMENT ON COLUMN sync.run.new_rows IS
            'Rows that the import made, by all tries of the run; null for other flows.'
    """)
