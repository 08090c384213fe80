"""From pages of text to typed rows and back to payloads: pure functions on DataFrames, column by column."""
