"""List the records that a mapping leaves out in `sync.quarantine`, and count them in `sync.run`."""

from __future__ import annotations

from alembic import op

revision = "v0032_skipped_records"
down_revision = "v0031_out_of_scope"

_CHANGES = """
    ALTER TABLE sync.run ADD COLUMN skipped bigint NOT NULL DEFAULT 0;
    COMMENT ON COLUMN sync.run.skipped IS 'Records that the mapping leaves out, by `without: skip`; of imports.';
    COMMENT ON COLUMN sync.run.read IS
        'Records read, rows planned or records looked at: written + unchanged + rejected + skipped.';
    ALTER TABLE sync.quarantine
        DROP CONSTRAINT quarantine_class_check,
        ADD CONSTRAINT quarantine_class_check CHECK (class IN ('waits_for_parent', 'needs_data', 'skipped')),
        DROP CONSTRAINT quarantine_state_check,
        ADD CONSTRAINT quarantine_state_check CHECK (
            state IN ('waiting', 'skipped', 'released', 'gone', 'out_of_scope'));
    DROP INDEX sync.quarantine_mapping_system_modstamp_idx;
    CREATE INDEX quarantine_mapping_system_modstamp_idx ON sync.quarantine (mapping, system_modstamp)
        WHERE state IN ('waiting', 'skipped');
    COMMENT ON COLUMN sync.quarantine.class IS 'What has to come first: waits_for_parent, its parent; '
        'needs_data, other data or another mapping; skipped, nothing.';
    COMMENT ON COLUMN sync.quarantine.state IS 'waiting: not in the warehouse as it is in the org; '
        'skipped: left out, as the mapping says; released: the reason is gone; gone: the org does not return the '
        'record any more, as it was purged or hidden from the integration user; out_of_scope: it meets the mapping''s '
        '`receive.where` no longer.';
    CREATE OR REPLACE FUNCTION sync.keep_unlinked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog
    AS $$
    DECLARE
        of_row CONSTANT text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
    BEGIN
        INSERT INTO sync.link (mapping, table_name, row_id, salesforce_id, linked_at, unlinked_at)
        SELECT TG_ARGV[0], of_row, OLD.id, OLD.salesforce_id, coalesce(OLD.loaded_at, now()), now()
         WHERE OLD.salesforce_id IS NOT NULL;
        UPDATE sync.quarantine SET release_asked = true
         WHERE salesforce_id = NEW.salesforce_id AND state IN ('waiting', 'skipped');
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    """Change both tables, and have a skipped record read that a person links to a row."""
    op.execute(_CHANGES)
