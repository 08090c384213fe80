"""What befalls records: deletes and what undoes them, merges, late writes, and who is told of what."""
