"""Access to the warehouse: all code that talks to Postgres, and none that talks to the org."""
