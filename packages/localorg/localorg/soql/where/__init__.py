"""Turns WHERE and HAVING into SQL conditions."""
