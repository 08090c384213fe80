"""Runs a plan, and shapes its rows into records or CSV."""
