"""The SQLite file behind the org, and the tables of its objects."""
