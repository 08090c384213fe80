-- Schemas sync and delivery as release 0.1.0 made them. The schemas themselves are there.

CREATE TABLE delivery.projects (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT GENERATED ALWAYS AS ('P-' || lpad(id::text, greatest(6, length(id::text)), '0')) STORED,
    salesforce_id CHAR(18),
    rule TEXT,
    source_sobject TEXT,
    source_salesforce_id CHAR(18),
    account_id BIGINT,
    name TEXT NOT NULL,
    client_name TEXT,
    lead_email TEXT NOT NULL,
    template TEXT,
    is_setup_complete BOOLEAN DEFAULT false NOT NULL,
    is_active BOOLEAN DEFAULT false NOT NULL,
    is_archived BOOLEAN DEFAULT false NOT NULL,
    start_on DATE,
    due_on DATE,
    started_on DATE,
    completed_on DATE,
    risk_status TEXT,
    health TEXT,
    health_note TEXT,
    description TEXT,
    private_notes TEXT,
    contract_value NUMERIC(18, 2),
    implementation_budget NUMERIC(18, 2),
    estimated_hours NUMERIC(12, 2),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_source_salesforce_id_rule_key UNIQUE (source_salesforce_id, rule),
    CONSTRAINT projects_code_key UNIQUE (code),
    CONSTRAINT projects_salesforce_id_key UNIQUE (salesforce_id)
);
COMMENT ON TABLE delivery.projects IS 'One row per delivery project. Written by rules (once) and by delivery teams (any time).';
COMMENT ON COLUMN delivery.projects.id IS 'Our own id.';
COMMENT ON COLUMN delivery.projects.code IS 'The project''s id as people and Salesforce see it, for example P-000042.';
COMMENT ON COLUMN delivery.projects.salesforce_id IS 'The Delivery_Project__c record; null until it is made.';
COMMENT ON COLUMN delivery.projects.rule IS 'The rule that made the project; null where the team made it by hand.';
COMMENT ON COLUMN delivery.projects.source_sobject IS 'Object of the record that the project comes from, as Opportunity.';
COMMENT ON COLUMN delivery.projects.source_salesforce_id IS 'Id of the record that the project comes from.';
COMMENT ON COLUMN delivery.projects.account_id IS 'The client: crm.accounts.id. An account may have many projects.';
COMMENT ON COLUMN delivery.projects.name IS 'The project''s title.';
COMMENT ON COLUMN delivery.projects.client_name IS 'The client''s name as it was when the project was made.';
COMMENT ON COLUMN delivery.projects.lead_email IS 'E-mail address of the internal project lead.';
COMMENT ON COLUMN delivery.projects.template IS 'The template that phases and tasks were made from; null for none.';
COMMENT ON COLUMN delivery.projects.is_setup_complete IS 'The initial setup page is completed: the project is being planned.';
COMMENT ON COLUMN delivery.projects.is_active IS 'The project was set active: work is in progress.';
COMMENT ON COLUMN delivery.projects.is_archived IS 'The team put the project away.';
COMMENT ON COLUMN delivery.projects.start_on IS 'Day on which the work is planned to start.';
COMMENT ON COLUMN delivery.projects.due_on IS 'Day by which the project is promised.';
COMMENT ON COLUMN delivery.projects.started_on IS 'Day on which the work did start.';
COMMENT ON COLUMN delivery.projects.completed_on IS 'Day on which the work was completed.';
COMMENT ON COLUMN delivery.projects.risk_status IS 'Risk, in the team''s words.';
COMMENT ON COLUMN delivery.projects.health IS 'Health, in the team''s words.';
COMMENT ON COLUMN delivery.projects.health_note IS 'What stands behind the health.';
COMMENT ON COLUMN delivery.projects.description IS 'What the project is about.';
COMMENT ON COLUMN delivery.projects.private_notes IS 'Notes that the client does not see.';
COMMENT ON COLUMN delivery.projects.contract_value IS 'What was sold, in the currency of the source record.';
COMMENT ON COLUMN delivery.projects.implementation_budget IS 'What may be spent, in the currency of the source record.';
COMMENT ON COLUMN delivery.projects.estimated_hours IS 'Estimated effort; where null, the view takes the hours of the tasks.';
COMMENT ON COLUMN delivery.projects.created_at IS 'When it was made.';

CREATE TABLE sync.api_usage (
    run_id TEXT NOT NULL,
    task TEXT NOT NULL,
    calls BIGINT DEFAULT 0 NOT NULL,
    used BIGINT,
    maximum BIGINT,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT api_usage_pkey PRIMARY KEY (run_id, task)
);
COMMENT ON TABLE sync.api_usage IS 'API calls of each run and task, beside the org''s own count.';
COMMENT ON COLUMN sync.api_usage.run_id IS 'The run that made the calls.';
COMMENT ON COLUMN sync.api_usage.task IS 'The task that made the calls.';
COMMENT ON COLUMN sync.api_usage.calls IS 'API calls of the task, all of its tries together.';
COMMENT ON COLUMN sync.api_usage.used IS 'Calls of the whole org in the last 24 hours, as Salesforce last said.';
COMMENT ON COLUMN sync.api_usage.maximum IS 'Calls that the org may make in 24 hours, as Salesforce last said.';
COMMENT ON COLUMN sync.api_usage.recorded_at IS 'When the task last reported.';

CREATE TABLE sync.bulk_job (
    run_id TEXT NOT NULL,
    mapping TEXT NOT NULL,
    kind TEXT NOT NULL,
    job_id TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT bulk_job_pkey PRIMARY KEY (run_id, mapping, kind)
);
COMMENT ON TABLE sync.bulk_job IS 'Bulk API 2.0 jobs, so that a task that is retried takes up the job that is running.';
COMMENT ON COLUMN sync.bulk_job.run_id IS 'The run that started the job.';
COMMENT ON COLUMN sync.bulk_job.mapping IS 'Name of the mapping file.';
COMMENT ON COLUMN sync.bulk_job.kind IS 'What the job does for the run, for example query.';
COMMENT ON COLUMN sync.bulk_job.job_id IS 'The job''s id in the org.';
COMMENT ON COLUMN sync.bulk_job.started_at IS 'When the job was started.';

CREATE TABLE sync.decision (
    rule TEXT NOT NULL,
    source_salesforce_id CHAR(18) NOT NULL,
    seen_value TEXT,
    outcome TEXT NOT NULL CONSTRAINT decision_outcome_check CHECK (outcome IN ('made', 'exists', 'not_picked', 'waits')),
    reason TEXT NOT NULL,
    project_id BIGINT,
    run_id TEXT NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT decision_pkey PRIMARY KEY (rule, source_salesforce_id)
);
COMMENT ON TABLE sync.decision IS 'For each rule and record looked at: whether it became a project, and why or why not.';
COMMENT ON COLUMN sync.decision.rule IS 'Name of the rule file.';
COMMENT ON COLUMN sync.decision.source_salesforce_id IS 'The record that was looked at.';
COMMENT ON COLUMN sync.decision.seen_value IS 'Value of the trigger''s field when the record was looked at last.';
COMMENT ON COLUMN sync.decision.outcome IS 'made: a project was made; exists: it was there; not_picked: by the rule; waits: something is missing.';
COMMENT ON COLUMN sync.decision.reason IS 'Why, in a sentence.';
COMMENT ON COLUMN sync.decision.project_id IS 'The project: delivery.projects.id; null where there is none.';
COMMENT ON COLUMN sync.decision.run_id IS 'The run that decided.';
COMMENT ON COLUMN sync.decision.decided_at IS 'When it was decided.';

CREATE TABLE sync.plan (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    run_id TEXT NOT NULL,
    mapping TEXT NOT NULL,
    row_id BIGINT NOT NULL,
    record_key TEXT NOT NULL,
    salesforce_id CHAR(18),
    operation TEXT NOT NULL CONSTRAINT plan_operation_check CHECK (operation IN ('update', 'upsert')),
    before JSONB NOT NULL,
    after JSONB NOT NULL,
    state TEXT DEFAULT 'planned' NOT NULL CONSTRAINT plan_state_check CHECK (state IN ('planned', 'ok', 'rejected', 'unprocessed', 'skipped')),
    code TEXT,
    message TEXT,
    planned_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT plan_pkey PRIMARY KEY (id),
    CONSTRAINT plan_run_id_mapping_row_id_key UNIQUE (run_id, mapping, row_id)
);
CREATE INDEX plan_mapping_row_id_id_idx ON sync.plan (mapping, row_id, id);
COMMENT ON TABLE sync.plan IS 'Every write that an export intended, with before and after, and what became of it.';
COMMENT ON COLUMN sync.plan.id IS 'Our own id.';
COMMENT ON COLUMN sync.plan.run_id IS 'The export that planned the write.';
COMMENT ON COLUMN sync.plan.mapping IS 'Name of the mapping file.';
COMMENT ON COLUMN sync.plan.row_id IS 'The row''s id in the mapping''s table.';
COMMENT ON COLUMN sync.plan.record_key IS 'What finds the record: its external id''s value, or its Salesforce id.';
COMMENT ON COLUMN sync.plan.salesforce_id IS 'The record, where it is known or as the org has answered.';
COMMENT ON COLUMN sync.plan.operation IS 'update: the record exists; upsert: the org makes it where it does not.';
COMMENT ON COLUMN sync.plan.before IS 'Salesforce fields and the values they had before.';
COMMENT ON COLUMN sync.plan.after IS 'Salesforce fields and the values they are to have.';
COMMENT ON COLUMN sync.plan.state IS 'planned: not yet sent; ok, rejected, unprocessed: the org''s answer; skipped: not sent, see message.';
COMMENT ON COLUMN sync.plan.code IS 'Salesforce''s status code where the write was rejected.';
COMMENT ON COLUMN sync.plan.message IS 'Salesforce''s message, whole, or why the write was skipped.';
COMMENT ON COLUMN sync.plan.planned_at IS 'When the write was planned.';
COMMENT ON COLUMN sync.plan.settled_at IS 'When the write got its end state.';

CREATE TABLE sync.quarantine (
    mapping TEXT NOT NULL,
    salesforce_id CHAR(18) NOT NULL,
    field TEXT NOT NULL,
    class TEXT NOT NULL,
    value TEXT,
    reason TEXT NOT NULL,
    system_modstamp TIMESTAMP WITH TIME ZONE NOT NULL,
    waits_for_table TEXT,
    waits_for_id CHAR(18),
    state TEXT DEFAULT 'waiting' NOT NULL CONSTRAINT quarantine_state_check CHECK (state IN ('waiting', 'released')),
    release_asked BOOLEAN DEFAULT false NOT NULL,
    attempts INTEGER DEFAULT 1 NOT NULL,
    digest TEXT NOT NULL,
    run_id TEXT NOT NULL,
    first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    released_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT quarantine_pkey PRIMARY KEY (mapping, salesforce_id, field)
);
CREATE INDEX quarantine_mapping_system_modstamp_idx ON sync.quarantine (mapping, system_modstamp) WHERE state = 'waiting';
COMMENT ON TABLE sync.quarantine IS 'Records of the org that could not be written, one row per record and field at fault.';
COMMENT ON COLUMN sync.quarantine.mapping IS 'Name of the mapping file.';
COMMENT ON COLUMN sync.quarantine.salesforce_id IS 'The record that could not be written.';
COMMENT ON COLUMN sync.quarantine.field IS 'Salesforce field that is at fault; empty where the whole record is.';
COMMENT ON COLUMN sync.quarantine.class IS 'What has to happen first: transient, waits_for_parent, needs_data, needs_admin or never.';
COMMENT ON COLUMN sync.quarantine.value IS 'What was seen.';
COMMENT ON COLUMN sync.quarantine.reason IS 'What was seen, where, why it matters and what to do.';
COMMENT ON COLUMN sync.quarantine.system_modstamp IS 'The record''s SystemModstamp when it was last rejected.';
COMMENT ON COLUMN sync.quarantine.waits_for_table IS 'Warehouse table of the parent that is missing.';
COMMENT ON COLUMN sync.quarantine.waits_for_id IS 'Salesforce id of the parent that is missing.';
COMMENT ON COLUMN sync.quarantine.state IS 'waiting: not in the warehouse as it is in the org; released: the fault is gone.';
COMMENT ON COLUMN sync.quarantine.release_asked IS 'Set it to true to try again at the next run.';
COMMENT ON COLUMN sync.quarantine.attempts IS 'Runs that have met the fault.';
COMMENT ON COLUMN sync.quarantine.digest IS 'State of the mapping file when the record was last rejected.';
COMMENT ON COLUMN sync.quarantine.run_id IS 'The run that met the fault last.';
COMMENT ON COLUMN sync.quarantine.first_seen_at IS 'When the fault was first met.';
COMMENT ON COLUMN sync.quarantine.last_seen_at IS 'When the fault was last met.';
COMMENT ON COLUMN sync.quarantine.released_at IS 'When the fault was gone.';

CREATE TABLE sync.run (
    run_id TEXT NOT NULL,
    mapping TEXT NOT NULL,
    read BIGINT DEFAULT 0 NOT NULL,
    written BIGINT DEFAULT 0 NOT NULL,
    unchanged BIGINT DEFAULT 0 NOT NULL,
    rejected BIGINT DEFAULT 0 NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT run_pkey PRIMARY KEY (run_id, mapping)
);
COMMENT ON TABLE sync.run IS 'What became of the records of each object in each run.';
COMMENT ON COLUMN sync.run.run_id IS 'The run.';
COMMENT ON COLUMN sync.run.mapping IS 'Name of the mapping file.';
COMMENT ON COLUMN sync.run.read IS 'Records read: written + unchanged + rejected.';
COMMENT ON COLUMN sync.run.written IS 'Rows made or changed.';
COMMENT ON COLUMN sync.run.unchanged IS 'Records that the warehouse held as they are.';
COMMENT ON COLUMN sync.run.rejected IS 'Records set apart in sync.quarantine.';
COMMENT ON COLUMN sync.run.started_at IS 'When the run pinned its window.';
COMMENT ON COLUMN sync.run.finished_at IS 'When the rows were committed.';

CREATE TABLE sync.watermark (
    mapping TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    run_id TEXT NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT watermark_pkey PRIMARY KEY (mapping)
);
COMMENT ON TABLE sync.watermark IS 'How far each object has been read. Closedwon reads on from here.';
COMMENT ON COLUMN sync.watermark.mapping IS 'Name of the mapping file.';
COMMENT ON COLUMN sync.watermark.at IS 'End of the last span that is wholly written, by the org''s clock; it never moves back.';
COMMENT ON COLUMN sync.watermark.run_id IS 'The run that moved it last.';
COMMENT ON COLUMN sync.watermark.moved_at IS 'When it was moved last, by the warehouse''s clock.';

CREATE TABLE sync."window" (
    run_id TEXT NOT NULL,
    mapping TEXT NOT NULL,
    start_at TIMESTAMP WITH TIME ZONE,
    end_at TIMESTAMP WITH TIME ZONE NOT NULL,
    watermark_at TIMESTAMP WITH TIME ZONE,
    pinned_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT window_pkey PRIMARY KEY (run_id, mapping)
);
COMMENT ON TABLE sync."window" IS 'The span that each run reads, pinned so that a task that is retried or cleared reads the same span again.';
COMMENT ON COLUMN sync."window".run_id IS 'The run that reads the span.';
COMMENT ON COLUMN sync."window".mapping IS 'Name of the mapping file.';
COMMENT ON COLUMN sync."window".start_at IS 'Records with this SystemModstamp or a later one are read; null: all of them.';
COMMENT ON COLUMN sync."window".end_at IS 'Records with this SystemModstamp or a later one are left to the next run.';
COMMENT ON COLUMN sync."window".watermark_at IS 'The watermark that the span follows; null before the first run.';
COMMENT ON COLUMN sync."window".pinned_at IS 'When the run pinned it.';

CREATE TABLE delivery.phases (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    project_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT phases_pkey PRIMARY KEY (id),
    CONSTRAINT phases_id_project_id_key UNIQUE (id, project_id),
    CONSTRAINT phases_project_id_fkey FOREIGN KEY(project_id) REFERENCES delivery.projects (id) ON DELETE CASCADE
);
CREATE INDEX phases_project_id_idx ON delivery.phases (project_id);
COMMENT ON TABLE delivery.phases IS 'The phases of each project, in order.';
COMMENT ON COLUMN delivery.phases.id IS 'Our own id.';
COMMENT ON COLUMN delivery.phases.project_id IS 'The project: delivery.projects.id.';
COMMENT ON COLUMN delivery.phases.position IS 'Order within the project, from 1.';
COMMENT ON COLUMN delivery.phases.name IS 'The phase''s title.';

CREATE TABLE delivery.tasks (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    phase_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    hours NUMERIC(12, 2) DEFAULT 0 NOT NULL,
    hours_used NUMERIC(12, 2) DEFAULT 0 NOT NULL,
    due_on DATE,
    is_done BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_phase_id_project_id_fkey FOREIGN KEY(phase_id, project_id) REFERENCES delivery.phases (id, project_id) ON DELETE CASCADE
);
CREATE INDEX tasks_phase_id_idx ON delivery.tasks (phase_id);
CREATE INDEX tasks_project_id_idx ON delivery.tasks (project_id);
COMMENT ON TABLE delivery.tasks IS 'The tasks of each phase, in order.';
COMMENT ON COLUMN delivery.tasks.id IS 'Our own id.';
COMMENT ON COLUMN delivery.tasks.phase_id IS 'The phase: delivery.phases.id.';
COMMENT ON COLUMN delivery.tasks.project_id IS 'The phase''s project: delivery.projects.id.';
COMMENT ON COLUMN delivery.tasks.position IS 'Order within the phase, from 1.';
COMMENT ON COLUMN delivery.tasks.name IS 'What is to be done.';
COMMENT ON COLUMN delivery.tasks.hours IS 'Planned effort in hours.';
COMMENT ON COLUMN delivery.tasks.hours_used IS 'Effort so far in hours.';
COMMENT ON COLUMN delivery.tasks.due_on IS 'Day by which it is to be done.';
COMMENT ON COLUMN delivery.tasks.is_done IS 'The task is complete.';
