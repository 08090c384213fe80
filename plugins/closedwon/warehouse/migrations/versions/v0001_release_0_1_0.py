"""Create the tables of release 0.1.0, which kept no record of its revision."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "v0001_release_0_1_0"
down_revision = None


def upgrade() -> None:
    """Create the tables as the release did."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
