"""Converts values from JSON or CSV to their stored form."""
