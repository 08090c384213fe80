"""Make `sync.match_candidate`: rows that a new record may be, for a person to decide."""

from __future__ import annotations

from alembic import op

revision = "v0029_match_candidates"
down_revision = "v0028_existing_records"

_TABLE = """
    CREATE TABLE sync.match_candidate (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT match_candidate_pkey PRIMARY KEY,
        mapping text NOT NULL,
        salesforce_id char(18) NOT NULL,
        row_id bigint,
        other_salesforce_id char(18),
        matched_by text,
        why text NOT NULL,
        decision text CONSTRAINT match_candidate_decision_check CHECK (decision IN ('link', 'new')),
        found_at timestamptz NOT NULL DEFAULT now(),
        decided_at timestamptz,
        run_id text NOT NULL);
    CREATE UNIQUE INDEX match_candidate_line_idx
        ON sync.match_candidate (mapping, salesforce_id, coalesce(row_id::text, other_salesforce_id));
"""

_COMMENTS = {
    "id": "Our own id.",
    "mapping": "Id of the mapping: the key `id` of its file, or the file''s name.",
    "salesforce_id": "The record that waits in sync.quarantine.",
    "row_id": "A row of the mapping''s table that it may be; null where it may be another record that has no row yet.",
    "other_salesforce_id": "The record that has this row, or that other record.",
    "matched_by": "Columns that agree; null where it is not by them that the row is named here.",
    "why": "Why it is not linked by itself.",
    "decision": "For a person to write: link, where the record is this row; new on any line of the record, where it is "
    "none of them. The next import does it; where it cannot, it empties this, and says so in why.",
    "found_at": "When it was first found.",
    "decided_at": "When an import did what decision says; null while it is open.",
    "run_id": "The run that found it last.",
}


def upgrade() -> None:
    """Make the table."""
    op.execute(_TABLE)
    op.execute(
        "COMMENT ON TABLE sync.match_candidate IS 'Rows that a new record may be, one line per record and row, where "
        "the lists in `receive.match` name several, or one that another record has.'"
    )
    for column, comment in _COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN sync.match_candidate.{column} IS '{comment}'")
