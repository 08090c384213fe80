"""Views for people to query, one SQL file each, and their re-creation when a file changes."""
