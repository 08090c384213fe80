"""Files: their bytes, and what is kept of them in records."""
