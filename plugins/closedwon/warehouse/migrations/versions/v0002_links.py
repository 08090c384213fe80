"""Move the links of sent rows to a table of their own, one link per row and mapping.

Before, `delivery.projects.salesforce_id` held one link per row, which two mappings overwrote in turn.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0002_links"
down_revision = "v0001_release_0_1_0"

_KEEP_LINKS = """
    INSERT INTO sync.link (mapping, table_name, row_id, salesforce_id, linked_at)
    SELECT coalesce(sent.mapping, 'projects'), 'delivery.projects', p.id, p.salesforce_id,
           coalesce(sent.settled_at, p.created_at)
      FROM delivery.projects p
      LEFT JOIN LATERAL (
           SELECT mapping, settled_at FROM sync.plan
            WHERE row_id = p.id AND salesforce_id = p.salesforce_id AND operation = 'upsert' AND state = 'ok'
            ORDER BY id DESC LIMIT 1) sent ON true
     WHERE p.salesforce_id IS NOT NULL
     ORDER BY p.id
"""
"""The ledger tells which mapping has sent a row; a link set by hand is assigned to the shipped mapping `projects`."""


def upgrade() -> None:
    """Create `sync.link`, and move the links of the projects there."""
    op.create_table(
        "link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Our own id."),
        sa.Column("mapping", sa.Text(), nullable=False, comment="Name of the mapping file."),
        sa.Column("table_name", sa.Text(), nullable=False, comment="The mapping's table, as schema.table."),
        sa.Column("row_id", sa.BigInteger(), nullable=False, comment="The row's id in that table."),
        sa.Column("salesforce_id", sa.CHAR(18), nullable=False, comment="The record that the row was sent to."),
        sa.Column(
            "linked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the org answered with the record.",
        ),
        sa.Column(
            "unlinked_at",
            sa.DateTime(timezone=True),
            comment="When the link ended; null while it holds. Set it to end the link.",
        ),
        sa.PrimaryKeyConstraint("id", name="link_pkey"),
        schema="sync",
        comment="Which Salesforce record each row was sent to, by mapping.",
    )
    for name in ("row_id", "salesforce_id"):
        op.create_index(
            f"link_{name}_mapping_idx",
            "link",
            [name, "mapping"],
            unique=True,
            schema="sync",
            postgresql_where=sa.text("unlinked_at IS NULL"),
        )
    op.execute(_KEEP_LINKS)
    op.drop_column("projects", "salesforce_id", schema="delivery")
