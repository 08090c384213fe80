"""Expectations of rows, and the rows that do not meet them. Great Expectations is imported only when it checks."""
