"""Our own people, to whom imports lead references by name or e-mail address."""

from __future__ import annotations

from alembic import op

revision = "v0030_people"
down_revision = "v0029_match_candidates"


def upgrade() -> None:
    """Make `delivery.people`."""
    op.execute("""
        CREATE TABLE delivery.people (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT people_pkey PRIMARY KEY,
            first_name text,
            last_name text,
            email text NOT NULL,
            is_active boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now());
        CREATE UNIQUE INDEX people_email_key ON delivery.people (lower(email));
        COMMENT ON TABLE delivery.people IS
            'Our own people, written by the team; mappings find them by name or e-mail (`find_by`).';
        COMMENT ON COLUMN delivery.people.id IS 'Our own id.';
        COMMENT ON COLUMN delivery.people.first_name IS 'First name, as Salesforce has it of the same person.';
        COMMENT ON COLUMN delivery.people.last_name IS 'Last name, as Salesforce has it of the same person.';
        COMMENT ON COLUMN delivery.people.email IS 'E-mail address; one person each, whatever its case.';
        COMMENT ON COLUMN delivery.people.is_active IS
            'Whether imports find the person; false for one who has left, whose references stay.';
        COMMENT ON COLUMN delivery.people.created_at IS 'When the row was made.'
    """)
