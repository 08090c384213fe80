"""Views of schema `sync` that answer the usual questions of an on-call engineer."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "sync.status": """
        CREATE OR REPLACE VIEW sync.status AS
        SELECT m.mapping, w.at AS watermark_at, r.run_id AS last_run_id, r.finished_at AS last_finished_at,
               r.read, r.written, r.unchanged, r.rejected, coalesce(q.waiting, 0) AS waiting
          FROM (SELECT mapping FROM sync.watermark UNION SELECT mapping FROM sync.run
                UNION SELECT mapping FROM sync.quarantine) m
          LEFT JOIN sync.watermark w USING (mapping)
          LEFT JOIN (SELECT DISTINCT ON (mapping) * FROM sync.run ORDER BY mapping, finished_at DESC) r USING (mapping)
          LEFT JOIN (SELECT mapping, count(DISTINCT salesforce_id) AS waiting
                       FROM sync.quarantine WHERE state = 'waiting' GROUP BY mapping) q USING (mapping)
    """,
    "sync.freshness": """
        CREATE OR REPLACE VIEW sync.freshness AS
        SELECT mapping, at AS watermark_at, now() - at AS age FROM sync.watermark
    """,
}

COMMENTS: dict[str, str] = {
    "sync.status": "Where each object stands: how far it has been read, its last run, what waits in quarantine.",
    "sync.status.mapping": "Name of the mapping file.",
    "sync.status.watermark_at": "End of the last span that is wholly written; null where none is yet.",
    "sync.status.last_run_id": "The run that finished last.",
    "sync.status.last_finished_at": "When that run committed its rows.",
    "sync.status.read": "Records that it read: written + unchanged + rejected.",
    "sync.status.written": "Rows that it made or changed.",
    "sync.status.unchanged": "Records that the warehouse held as they are.",
    "sync.status.rejected": "Records that it set apart.",
    "sync.status.waiting": "Records that wait in quarantine now, of this and earlier runs.",
    "sync.freshness": "How old the warehouse's picture of each object is.",
    "sync.freshness.mapping": "Name of the mapping file.",
    "sync.freshness.watermark_at": "End of the last span that is wholly written, by the org's clock.",
    "sync.freshness.age": "Time that has passed since then.",
}
"""What each view and each of its columns means, by name."""
