"""The warehouse side: everything that speaks to Postgres, and nothing that speaks to the org."""
