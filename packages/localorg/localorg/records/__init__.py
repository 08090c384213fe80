"""Records as they are written: checked, derived, numbered, stamped."""
