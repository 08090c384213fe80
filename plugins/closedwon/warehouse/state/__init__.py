"""Schema `sync`: one module for each table, with its statements."""
