"""Runs revisions on the connection that `upgrade` hands over; Alembic loads this file by itself."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="sync")
context.run_migrations()
