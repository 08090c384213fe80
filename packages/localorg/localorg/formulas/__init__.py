"""The formula language of fields and validation rules: read into a tree, and turned into SQL."""
