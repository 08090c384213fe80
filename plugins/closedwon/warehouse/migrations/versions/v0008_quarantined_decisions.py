"""Allow `quarantined` as the outcome of a decision, and say what a rule is known by."""

from __future__ import annotations

from alembic import op

revision = "v0008_quarantined_decisions"
down_revision = "v0007_failures"

_OUTCOME = (
    "made: a project was made; exists: it was there; not_picked: by the rule; waits: something is missing; "
    "quarantined: the record has not come in, so that the rule cannot tell."
)


def upgrade() -> None:
    """Replace the constraint, and write the comments anew."""
    op.drop_constraint("decision_outcome_check", "decision", schema="sync")
    op.create_check_constraint(
        "decision_outcome_check",
        "decision",
        "outcome IN ('made', 'exists', 'not_picked', 'waits', 'quarantined')",
        schema="sync",
    )
    op.alter_column("decision", "outcome", comment=_OUTCOME, schema="sync")
    op.alter_column(
        "decision", "rule", comment="Id of the rule: the key `id` of its file, or the file's name.", schema="sync"
    )
