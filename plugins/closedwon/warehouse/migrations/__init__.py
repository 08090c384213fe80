"""Schemas `sync` and `delivery` from release to release: Alembic, one file per revision in `versions/`."""
