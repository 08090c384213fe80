"""Schema `delivery`: projects, phases and tasks, and the statements that make them."""
