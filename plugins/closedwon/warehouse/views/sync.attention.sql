-- Everything that needs a person, each with what to do: failed tasks, records in quarantine, rejected writes, and
-- objects that are not read any more. What heals by itself is not here. Times are shown in your session's time zone.
--
-- kind: failed task, quarantine, match (a record that may be one of several rows), rejected write or stale object.
-- flow: import, projects or export.
-- mapping: Id of the mapping, or of the rule; null for a task of the whole run.
-- subject: The task, the record and its field, the row's key, or the object.
-- since: When it was first seen; for a failed task, when it failed last.
-- seen: What was seen, and why it matters.
-- remedy: What to do; of a failed task what its message says. Tasks to clear are those of the run in run_id.
-- run_id: The run that saw it; null for a stale object.

SELECT 'failed task' AS kind, f.flow, f.mapping, f.task AS subject, f.failed_at AS since, f.message AS seen,
       f.remedy, f.run_id
  FROM sync.failure f
 WHERE f.healed_at IS NULL AND NOT f.will_retry
   AND (f.mapping IS NULL OR EXISTS (SELECT FROM sync.mapping m WHERE (m.flow, m.mapping) = (f.flow, f.mapping) AND m.is_active))
 UNION ALL
SELECT CASE WHEN c.rows IS NULL THEN 'quarantine' ELSE 'match' END, 'import', q.mapping,
       concat_ws(' ', q.salesforce_id, nullif(q.field, '')), q.first_seen_at, q.reason,
       CASE WHEN c.is_decided THEN 'None: the next import does what was decided in sync.match_candidate.'
            WHEN c.rows IS NOT NULL
            THEN format('UPDATE sync.match_candidate SET decision = ''link'' WHERE mapping = %L AND salesforce_id = %L '
                        'AND row_id = ...; or decision = ''new'' without row_id. Rows: %s.',
                        q.mapping, q.salesforce_id, c.rows)
            WHEN q.class = 'waits_for_parent'
            THEN format('Find out why %s is not in %s; this record follows it by itself.',
                        q.waits_for_id, q.waits_for_table)
            ELSE 'Correct the record in Salesforce or the mapping file: it is then read again by itself.' END,
       q.run_id
  FROM sync.quarantine q
  JOIN sync.mapping m ON (m.flow, m.mapping) = ('import', q.mapping)
  LEFT JOIN (SELECT mapping, salesforce_id, coalesce(string_agg(row_id::text, ', ' ORDER BY row_id), 'none') AS rows,
                    bool_or(decision IS NOT NULL) AS is_decided
               FROM sync.match_candidate WHERE decided_at IS NULL GROUP BY mapping, salesforce_id) c
         ON (c.mapping, c.salesforce_id, q.class, q.field) = (q.mapping, q.salesforce_id, 'needs_data', '')
 WHERE q.state = 'waiting'
 UNION ALL
SELECT 'rejected write', 'export', p.mapping, p.record_key, p.settled_at, concat_ws(': ', p.code, p.message),
       'Remove the cause, in Salesforce or in the row: the next export sends the row again.', p.run_id
  FROM sync.plan p
  JOIN sync.mapping m ON (m.flow, m.mapping) = ('export', p.mapping)
 WHERE p.state IN ('rejected', 'unprocessed') AND p.replanned_at IS NULL
   AND NOT EXISTS (SELECT FROM sync.plan l WHERE l.mapping = p.mapping AND l.row_id = p.row_id AND l.id > p.id)
   AND NOT EXISTS (SELECT FROM sync.run r WHERE r.flow = 'export' AND r.mapping = p.mapping
                      AND r.run_id <> p.run_id AND r.finished_at > p.settled_at)
 UNION ALL
SELECT 'stale object', m.flow, m.mapping, m.mapping, w.at,
       format('The import has not brought %s up to date for more than an hour.', m.mapping),
       'See in Airflow whether salesforce_import is paused, waits behind a run, or fails.', NULL
  FROM sync.mapping m
  JOIN sync.watermark w ON w.mapping = m.mapping
 WHERE m.flow = 'import' AND m.is_active AND w.at < now() - interval '1 hour' - coalesce(m.every, interval '0')
