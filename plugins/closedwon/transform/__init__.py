"""Transforms of pages to typed rows, and of rows to payloads: pure functions on DataFrames, column by column."""
