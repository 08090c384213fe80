"""What no real org has: the control API for tests."""
