"""Turns functions and computed fields of a query into SQL."""
