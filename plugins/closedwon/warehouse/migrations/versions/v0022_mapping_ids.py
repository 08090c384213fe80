"""Say in the comments of the columns `mapping` that they hold a mapping's id, which is its file's name by default."""

from __future__ import annotations

from alembic import op

revision = "v0022_mapping_ids"
down_revision = "v0021_remedies"

_TABLES = {
    "crm": ("value_maps",),
    "sync": (
        *("bulk_job", "checked_mapping", "link", "mapping", "plan", "quarantine", "run"),
        *("unfilled_column", "watermark", "window"),
    ),
}


def upgrade() -> None:
    """Replace the comments."""
    for schema, names in _TABLES.items():
        for name in names:
            comment = "Id of the mapping: the key `id` of its file, or the file's name."
            op.alter_column(name, "mapping", comment=comment, schema=schema)
