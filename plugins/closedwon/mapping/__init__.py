"""Mapping files: what they say, strictly read, and checked against the org's describe. Pure."""
