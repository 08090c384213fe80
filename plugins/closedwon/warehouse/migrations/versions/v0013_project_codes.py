"""Let a project's phases and tasks follow where its id, and with it its code, is given anew."""

from __future__ import annotations

from typing import Any

from alembic import op

revision = "v0013_project_codes"
down_revision = "v0012_unfilled_columns"


def upgrade() -> None:
    """Replace the two foreign keys."""
    op.drop_constraint("phases_project_id_fkey", "phases", schema="delivery")
    op.drop_constraint("tasks_phase_id_project_id_fkey", "tasks", schema="delivery")
    options: dict[str, Any] = {
        "source_schema": "delivery",
        "referent_schema": "delivery",
        "onupdate": "CASCADE",
        "ondelete": "CASCADE",
    }
    op.create_foreign_key("phases_project_id_fkey", "phases", "projects", ["project_id"], ["id"], **options)
    pair = ["phase_id", "project_id"]
    op.create_foreign_key("tasks_phase_id_project_id_fkey", "tasks", "phases", pair, ["id", "project_id"], **options)
