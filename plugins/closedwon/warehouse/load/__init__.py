"""Rows into their table, step by step: stage, keep the latest version, find parents, merge."""
