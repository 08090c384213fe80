"""SOQL: grammar and parser, resolution against the schema, SQL on SQLite, and the answer's shape."""
