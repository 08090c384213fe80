-- The projects with what follows from their phases and tasks: status (complete is derived, never clicked), progress,
-- current phase. Each column says who writes it.
--
-- estimated_hours: Estimated effort in hours; where the project has none, the hours of its tasks.

SELECT $project_columns, -- those of delivery.projects, custom ones too; project_columns.py says what each is
       (SELECT l.salesforce_id FROM sync.link l
         WHERE l.row_id = p.id AND l.table_name = 'delivery.projects' AND l.unlinked_at IS NULL
         ORDER BY l.mapping LIMIT 1) AS salesforce_id,
       CASE WHEN p.source_sobject = 'Opportunity' THEN p.source_salesforce_id END::char(18)
            AS opportunity_salesforce_id,
       CASE WHEN t.done = t.total THEN 'complete'
            WHEN p.is_active THEN 'in_progress'
            WHEN p.is_setup_complete THEN 'planning'
            ELSE 'draft' END AS status,
       (SELECT h.name FROM delivery.phases h
         WHERE h.project_id = p.id
           AND EXISTS (SELECT FROM delivery.tasks o WHERE o.phase_id = h.id AND NOT o.is_done)
         ORDER BY h.position, h.id LIMIT 1) AS current_phase,
       coalesce(100 * t.done / t.total, 0)::integer AS tasks_complete_pct,
       round(100 * t.hours_used / nullif(coalesce(p.estimated_hours, t.hours), 0)) AS hours_used_pct,
       t.projected_due_on,
       coalesce(p.estimated_hours, t.hours) AS estimated_hours
  FROM delivery.projects p
  LEFT JOIN (SELECT project_id, count(*) AS total, count(*) FILTER (WHERE is_done) AS done,
                    sum(hours) AS hours, sum(hours_used) AS hours_used, max(due_on) AS projected_due_on
               FROM delivery.tasks GROUP BY project_id) t ON t.project_id = p.id
