"""Migrations of schemas `sync` and `delivery` by Alembic, one file per revision in `versions/`."""
