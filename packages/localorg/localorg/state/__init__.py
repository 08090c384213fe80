"""State of a served org beside its records: tokens, cursors, quota, jobs, faults."""
