"""Steps of the flows: batches, pages, progress, sending and the rows to load."""
