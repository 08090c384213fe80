"""The control API for tests, which no real org has."""
