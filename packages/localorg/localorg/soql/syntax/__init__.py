"""Reads the text of a query into a syntax tree."""
