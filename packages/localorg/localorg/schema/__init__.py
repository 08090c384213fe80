"""The org's objects and fields: what they are (`model`), and how they are read from YAML (`loader`)."""

from localorg.schema.loader import load_schema
from localorg.schema.model import Child, Field, PicklistValue, Schema, SObject

__all__ = ["Child", "Field", "PicklistValue", "SObject", "Schema", "load_schema"]
