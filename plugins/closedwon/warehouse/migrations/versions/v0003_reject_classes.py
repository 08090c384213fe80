"""Allow in `sync.quarantine.class` only what is written there, and say `reason` where comments said `fault`.

The other three classes of release 0.1.0 were never written; a row that a person gave one of them becomes `needs_data`.
"""

from __future__ import annotations

from alembic import op

revision = "v0003_reject_classes"
down_revision = "v0002_links"

_COMMENTS = {
    "field": "Salesforce field of the reason; empty where it is the whole record.",
    "class": "What has to come first: waits_for_parent, its parent; needs_data, other data or another mapping.",
    "state": "waiting: not in the warehouse as it is in the org; released: the reason is gone.",
    "attempts": "Runs that have rejected it.",
    "run_id": "The run that rejected it last.",
    "first_seen_at": "When it was first rejected.",
    "last_seen_at": "When it was last rejected.",
    "released_at": "When the reason was gone.",
}


def upgrade() -> None:
    """Add the constraint, and write the comments anew."""
    op.execute("UPDATE sync.quarantine SET class = 'needs_data' WHERE class NOT IN ('waits_for_parent', 'needs_data')")
    op.create_check_constraint(
        "quarantine_class_check", "quarantine", "class IN ('waits_for_parent', 'needs_data')", schema="sync"
    )
    op.create_table_comment(
        "quarantine", "Records of the org that could not be written, one row per record and field.", schema="sync"
    )
    for name, comment in _COMMENTS.items():
        op.alter_column("quarantine", name, comment=comment, schema="sync")
