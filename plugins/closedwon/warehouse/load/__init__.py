"""Loading of rows into their table: stage, keep the latest version, resolve parents, merge."""
