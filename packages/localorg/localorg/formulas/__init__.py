"""Formulas of fields and validation rules: parse them, and turn them into SQL."""
