"""Resolves a syntax tree against the schema into a plan: the SQL to run, and the shape of its records."""
