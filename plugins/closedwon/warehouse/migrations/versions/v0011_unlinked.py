"""Keep what people unlink: clearing `salesforce_id` of a received row leaves an ended link in `sync.link`.

The triggers that call this function come with the received tables, which grow by addition.
"""

from __future__ import annotations

from alembic import op

revision = "v0011_unlinked"
down_revision = "v0010_gone"

_KEEP = """
    CREATE FUNCTION sync.keep_unlinked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
    AS $$
    DECLARE
        of_row CONSTANT text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
    BEGIN
        INSERT INTO sync.link (mapping, table_name, row_id, salesforce_id, linked_at, unlinked_at)
        SELECT TG_ARGV[0], of_row, OLD.id, OLD.salesforce_id, coalesce(OLD.loaded_at, now()), now()
         WHERE OLD.salesforce_id IS NOT NULL;
        UPDATE sync.quarantine SET release_asked = true
         WHERE salesforce_id = NEW.salesforce_id AND state = 'waiting';
        RETURN NULL;
    END $$;
    COMMENT ON FUNCTION sync.keep_unlinked() IS
        'Keeps the link that is cleared as an ended one, and has the record that is linked instead read again.'
"""


def upgrade() -> None:
    """Create the function; whoever may write the row need not be allowed to write in schema `sync`."""
    op.execute(_KEEP)
