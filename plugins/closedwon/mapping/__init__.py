"""Mapping files: their models, strict reading, and checks against each other and the org's describe."""
