"""What rows are expected to be, and which of them are not. Great Expectations is imported only when it judges."""
