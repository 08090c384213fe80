"""Suggestion of a mapping file from the org's describe of an object. Pure: describe in, text out."""

from closedwon.mapping.suggest.suggestion import Suggestion, suggest_mapping

__all__ = ["Suggestion", "suggest_mapping"]
