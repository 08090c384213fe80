"""Pages to typed rows, and rows to payloads: pure functions on DataFrames, column by column."""
