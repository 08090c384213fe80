"""Data sets that an org can be filled with."""
