"""Make the table of labels and codes that analysts join."""

from __future__ import annotations

from alembic import op

revision = "v0019_value_maps"
down_revision = "v0018_project_comments"


def upgrade() -> None:
    """Make `crm.value_maps`; each run fills it from the files."""
    op.execute("""
        CREATE TABLE crm.value_maps (
            mapping text NOT NULL,
            table_name text NOT NULL,
            column_name text NOT NULL,
            sobject text NOT NULL,
            field text NOT NULL,
            label text,
            code text NOT NULL,
            file text NOT NULL,
            CONSTRAINT value_maps_mapping_field_label_key UNIQUE NULLS NOT DISTINCT (mapping, field, label));
        COMMENT ON TABLE crm.value_maps IS
            'Labels and codes of each field with a value map; each run writes them anew from the mapping files.';
        COMMENT ON COLUMN crm.value_maps.mapping IS 'Name of the mapping file.';
        COMMENT ON COLUMN crm.value_maps.table_name IS 'Table or view that holds the codes, as schema.table.';
        COMMENT ON COLUMN crm.value_maps.column_name IS 'Its column that holds the codes.';
        COMMENT ON COLUMN crm.value_maps.sobject IS 'Salesforce object of the labels.';
        COMMENT ON COLUMN crm.value_maps.field IS 'Its field that holds the labels.';
        COMMENT ON COLUMN crm.value_maps.label IS
            'Label, as the value map has it: the API value of a choice. Null: any label that the value map lacks.';
        COMMENT ON COLUMN crm.value_maps.code IS 'Our code for the label; several labels may have the same.';
        COMMENT ON COLUMN crm.value_maps.file IS
            'File that says so; for the null label the mapping file''s fallback.'
    """)
