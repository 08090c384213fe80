"""Creates, updates, upserts and reads single records."""
