"""The org's objects and fields: `model` describes them, `loader` reads them from YAML."""

from localorg.schema.loader import load_schema
from localorg.schema.model import Child, Field, PicklistValue, Schema, SObject

__all__ = ["Child", "Field", "PicklistValue", "SObject", "Schema", "load_schema"]
