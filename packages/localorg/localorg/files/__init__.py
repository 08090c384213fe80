"""Files: their bytes, and the records that describe them."""
