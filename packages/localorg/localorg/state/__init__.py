"""What a served org remembers beside its records: tokens, cursors, quota, jobs, faults."""
