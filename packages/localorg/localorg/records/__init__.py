"""Records: validation, derived fields, ids, stamps."""
