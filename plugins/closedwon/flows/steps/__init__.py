"""What the flows are made of."""
