"""Keep the query with its bulk job, so that a cleared task takes up no job of another query.

Before, any job of the run was taken up, with records as they were when it had started.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0004_query_of_bulk_job"
down_revision = "v0003_reject_classes"


def upgrade() -> None:
    """Add `sync.bulk_job.query`; the jobs that are there have none, and are not taken up by a reading task."""
    about = "The query whose records the job reads; null for a job that writes."
    op.add_column("bulk_job", sa.Column("query", sa.Text(), comment=about), schema="sync")
    op.create_table_comment(
        "bulk_job",
        "Bulk API 2.0 jobs, so that a task that is retried takes up the job that is running. A query job whose "
        "records have been read is deleted here.",
        schema="sync",
    )
