"""Normalise the Salesforce ids that people write: links of 15 characters, with blanks or in another case.

Before, such a link was stored as it was typed, and equalled no record's id: a rule made a second project.
"""

from __future__ import annotations

from alembic import op

revision = "v0005_ids"
down_revision = "v0004_query_of_bulk_job"

_NORMALISE = """
    CREATE FUNCTION sync.normalise_id() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    DECLARE
        codes CONSTANT text := 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
        seen text := to_jsonb(NEW) ->> TG_ARGV[0];
        id text COLLATE "C" := btrim(seen, E' \\t\\r\\n');
        letter text COLLATE "C";
        fixed text := '';
        bits integer := 0;
    BEGIN
        IF id ~ '^[A-Za-z0-9]{15}$' THEN
            FOR place IN 0..14 LOOP
                letter := substr(id, place + 1, 1);
                bits := bits + CASE WHEN letter ~ '[A-Z]' THEN 1 << (place % 5) ELSE 0 END;
                IF place % 5 = 4 THEN
                    fixed := fixed || substr(codes, bits + 1, 1);
                    bits := 0;
                END IF;
            END LOOP;
            fixed := id || fixed;
        ELSIF id ~ '^[A-Za-z0-9]{15}[A-Za-z0-5]{3}$' THEN
            FOR place IN 0..14 LOOP
                letter := substr(id, place + 1, 1);
                bits := strpos(codes, upper(substr(id, 16 + place / 5, 1))) - 1;
                IF bits & (1 << (place % 5)) = 0 THEN
                    fixed := fixed || lower(letter);
                ELSIF letter ~ '[A-Za-z]' THEN
                    fixed := fixed || upper(letter);
                END IF;
            END LOOP;
            fixed := fixed || upper(substr(id, 16));
        END IF;
        IF id <> '' AND length(fixed) <> 18 THEN
            RAISE EXCEPTION '%.%.% = ''%'' is not a Salesforce id, so that the row would belong to no record.',
                TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0], seen
                USING ERRCODE = 'invalid_text_representation',
                      HINT = 'Copy the id again from the record''s address in Salesforce: 15 or 18 letters and digits. '
                             'The last three of 18 are a checksum.';
        END IF;
        RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], nullif(fixed, '')));
    END $$;
    COMMENT ON FUNCTION sync.normalise_id() IS
        'Trims an id that is written, gives it 18 characters and its letters their case, and refuses what is none.'
"""
"""Each of the last three characters encodes which of five others are capitals, so that it proves their case."""

_TRIGGER = """
    CREATE TRIGGER normalise_id BEFORE INSERT OR UPDATE OF {column} ON {table}
        FOR EACH ROW EXECUTE FUNCTION sync.normalise_id('{column}')
"""

_NORMALISE_ROWS = """
    DO $$
    DECLARE
        held record;
    BEGIN
        FOR held IN SELECT id FROM {table} WHERE {column} IS NOT NULL ORDER BY id LOOP
            BEGIN
                UPDATE {table} SET {column} = {column} WHERE id = held.id;
            EXCEPTION WHEN data_exception OR unique_violation THEN
                RAISE WARNING '{table} %: %', held.id, SQLERRM;
            END;
        END LOOP;
    END $$
"""
"""A row that cannot be normalised stays as it is: one wrong link is no reason to stop every import."""


def upgrade() -> None:
    """Normalise what is written from now on, and what has been written."""
    op.execute(_NORMALISE)
    for table, column in (("delivery.projects", "source_salesforce_id"), ("sync.link", "salesforce_id")):
        op.execute(_TRIGGER.format(table=table, column=column))
        op.execute(_NORMALISE_ROWS.format(table=table, column=column))
