"""The server: HTTP in, calls out."""
