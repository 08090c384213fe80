-- Where each object stands: how far it has been read, its last run, what waits in quarantine.
--
-- mapping: Name of the mapping file.
-- watermark_at: End of the last span that is wholly written; null where none is yet.
-- last_run_id: The run that finished last.
-- last_finished_at: When that run committed its rows.
-- read: Records that it read: written + unchanged + rejected.
-- written: Rows that it made or changed.
-- unchanged: Records that the warehouse held as they are.
-- rejected: Records that it set apart.
-- waiting: Records that wait in quarantine now, of this and earlier runs.

SELECT m.mapping, w.at AS watermark_at, r.run_id AS last_run_id, r.finished_at AS last_finished_at,
       r.read, r.written, r.unchanged, r.rejected, coalesce(q.waiting, 0) AS waiting
  FROM (SELECT mapping FROM sync.watermark UNION SELECT mapping FROM sync.run
        UNION SELECT mapping FROM sync.quarantine) m
  LEFT JOIN sync.watermark w USING (mapping)
  LEFT JOIN (SELECT DISTINCT ON (mapping) * FROM sync.run ORDER BY mapping, finished_at DESC) r USING (mapping)
  LEFT JOIN (SELECT mapping, count(DISTINCT salesforce_id) AS waiting
               FROM sync.quarantine WHERE state = 'waiting' GROUP BY mapping) q USING (mapping)
