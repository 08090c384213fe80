"""Keep which org the warehouse belongs to; the first task that logs in after the upgrade notes it."""

from __future__ import annotations

from alembic import op

revision = "v0023_org"
down_revision = "v0022_mapping_ids"


def upgrade() -> None:
    """Make `sync.org`."""
    op.execute("""
        CREATE TABLE sync.org (
            organization_id char(18) CONSTRAINT org_pkey PRIMARY KEY,
            instance_url text NOT NULL,
            connected_at timestamptz NOT NULL DEFAULT now());
        COMMENT ON TABLE sync.org IS
            'The one org that the warehouse belongs to: no task reads from another, or writes to it.';
        COMMENT ON COLUMN sync.org.organization_id IS 'Salesforce id of the org.';
        COMMENT ON COLUMN sync.org.instance_url IS 'Its address when it was connected.';
        COMMENT ON COLUMN sync.org.connected_at IS 'When a task first logged in to it.'
    """)
