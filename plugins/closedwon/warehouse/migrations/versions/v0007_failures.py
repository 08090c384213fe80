"""Record failed tasks, the counts of exports and projects, and which mappings there are.

Before, a failed run left no trace in the warehouse, and neither did an export or a run of the rules.
"""

from alembic import op

revision = "v0007_failures"
down_revision = "v0006_sent_writes"


def upgrade() -> None:
    """Make `sync.failure` and `sync.mapping`, and give `sync.run` a column for the flow."""
    op.execute("""
        ALTER TABLE sync.run ADD COLUMN flow text NOT NULL DEFAULT 'import';
        ALTER TABLE sync.run ALTER COLUMN flow DROP DEFAULT;
        ALTER TABLE sync.run DROP CONSTRAINT run_pkey;
        ALTER TABLE sync.run ADD CONSTRAINT run_pkey PRIMARY KEY (run_id, flow, mapping);
        COMMENT ON TABLE sync.run IS 'What became of the records of each object in each run that succeeded.';
        COMMENT ON COLUMN sync.run.flow IS 'import, projects or export.';
        COMMENT ON COLUMN sync.run.read IS
            'Records read, rows planned or records looked at: written + unchanged + rejected.';
        COMMENT ON COLUMN sync.run.written IS 'Rows made or changed; in an export, records.';
        COMMENT ON COLUMN sync.run.unchanged IS 'Those that needed no write.';
        COMMENT ON COLUMN sync.run.rejected IS
            'Records set apart in sync.quarantine; in an export, rows that were not written.';
        COMMENT ON COLUMN sync.run.started_at IS 'When the run pinned its window; else as finished_at.';

        CREATE TABLE sync.mapping (
            flow text NOT NULL,
            mapping text NOT NULL,
            CONSTRAINT mapping_pkey PRIMARY KEY (flow, mapping));
        COMMENT ON TABLE sync.mapping IS
            'Mappings and rules of the mapping files as the last run read them, broken ones included.';
        COMMENT ON COLUMN sync.mapping.flow IS 'import, projects or export.';
        COMMENT ON COLUMN sync.mapping.mapping IS 'Name of the mapping file.';

        CREATE TABLE sync.failure (
            flow text NOT NULL,
            run_id text NOT NULL,
            task text NOT NULL,
            mapping text,
            error text NOT NULL,
            message text NOT NULL,
            will_retry boolean NOT NULL,
            failed_at timestamptz NOT NULL DEFAULT now(),
            healed_at timestamptz,
            CONSTRAINT failure_pkey PRIMARY KEY (flow, run_id, task));
        COMMENT ON TABLE sync.failure IS 'Tasks that failed, one row per run and task.';
        COMMENT ON COLUMN sync.failure.flow IS 'import, projects or export.';
        COMMENT ON COLUMN sync.failure.run_id IS 'The run whose task failed.';
        COMMENT ON COLUMN sync.failure.task IS 'The task, as Airflow calls it.';
        COMMENT ON COLUMN sync.failure.mapping IS
            'The task''s group: a mapping or rule; null for a task of the whole run.';
        COMMENT ON COLUMN sync.failure.error IS
            'Class of the error, as in closedwon/errors.py, or unknown error.';
        COMMENT ON COLUMN sync.failure.message IS 'What was seen, where, why it matters and what to do.';
        COMMENT ON COLUMN sync.failure.will_retry IS 'Whether Airflow tries the task again by itself.';
        COMMENT ON COLUMN sync.failure.failed_at IS 'When the last try failed.';
        COMMENT ON COLUMN sync.failure.healed_at IS
            'When the object, or the next run, succeeded; null while it has not.'
    """)
