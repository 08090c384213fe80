-- Where each object and rule stands: its last success, its last counts, what failed since, what waits.
-- Times are shown in the time zone of your session.
--
-- flow: import, projects or export.
-- mapping: Id of the mapping, or of the rule: the key `id` of its file, or the file's name.
-- state: ok; failed: a person must act, see sync.attention; retrying: Airflow tries it again by itself; new: no run yet; inactive: its file says `active: false`.
-- last_success_at: When it last succeeded, with or without anything to do.
-- last_run_id: The run of that success.
-- watermark_at: End of the last span that is wholly written, by the org's clock; of imports.
-- counted_at: When it last had something to do; the counts are of that run.
-- read: Records read, rows planned or records looked at: written + unchanged + rejected + skipped.
-- written: Rows that were made or changed; in an export, records.
-- unchanged: Those that needed no write.
-- rejected: Those that could not be written.
-- skipped: Those that the mapping leaves out; of imports.
-- waiting: Records that wait in quarantine now; of imports.
-- failed_at: When a task of it failed that has not succeeded since.
-- failed_task: That task.
-- failed_run_id: Its run.
-- failure: What it said.

SELECT m.flow, m.mapping,
       CASE WHEN NOT m.is_active THEN 'inactive' WHEN f.will_retry THEN 'retrying' WHEN f.task IS NOT NULL THEN 'failed'
            WHEN s.run_id IS NOT NULL THEN 'ok' ELSE 'new' END AS state,
       s.finished_at AS last_success_at, s.run_id AS last_run_id, w.at AS watermark_at,
       c.finished_at AS counted_at, c.read, c.written, c.unchanged, c.rejected, c.skipped, coalesce(q.waiting, 0) AS waiting,
       f.failed_at, f.task AS failed_task, f.run_id AS failed_run_id, f.message AS failure
  FROM sync.mapping m
  LEFT JOIN (SELECT DISTINCT ON (flow, mapping) * FROM sync.run
              ORDER BY flow, mapping, finished_at DESC) s USING (flow, mapping)
  LEFT JOIN (SELECT DISTINCT ON (flow, mapping) * FROM sync.run WHERE read > 0
              ORDER BY flow, mapping, finished_at DESC) c USING (flow, mapping)
  LEFT JOIN (SELECT DISTINCT ON (flow, mapping) * FROM sync.failure WHERE healed_at IS NULL
              ORDER BY flow, mapping, failed_at DESC) f USING (flow, mapping)
  LEFT JOIN sync.watermark w ON w.mapping = m.mapping AND m.flow = 'import'
  LEFT JOIN (SELECT mapping, count(DISTINCT salesforce_id) AS waiting
               FROM sync.quarantine WHERE state = 'waiting' GROUP BY mapping) q
         ON q.mapping = m.mapping AND m.flow = 'import'
