"""Bulk API 1.0: jobs of batches in XML, CSV or JSON."""
