"""Writes the rows of an upload or of a data set, many at a time."""
