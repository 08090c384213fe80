"""Alembic's environment: run revisions on the connection that `upgrade` passes. Alembic itself loads this file."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="sync")
context.run_migrations()
