"""A local Salesforce-compatible org: one process, one SQLite file, for demo, tests and CI."""
