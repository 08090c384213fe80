"""Data sets to load into an org."""
