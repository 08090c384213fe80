"""What can only be seen of several mapping files together: references between tables, and what rules stand for."""
