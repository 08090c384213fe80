"""SOQL: parse a query, plan it against the schema, run it as SQL on SQLite, shape the answer."""
