"""What the files in `include/mappings` say, one module per kind of file. Nothing here reads a file."""

from closedwon.mapping.model.catalog import Catalog
from closedwon.mapping.model.mapping import (
    DIRECTIONS,
    NEVER_DELETED,
    Direction,
    Field,
    FieldType,
    Key,
    Mapping,
)
from closedwon.mapping.model.rule import OneTimeField, Rule, Trigger
from closedwon.mapping.model.template import Template, TemplatePhase, TemplateTask
from closedwon.mapping.model.value_map import QUARANTINE, Quarantine, ValueMap

__all__ = [
    "DIRECTIONS",
    "NEVER_DELETED",
    "QUARANTINE",
    "Catalog",
    "Direction",
    "Field",
    "FieldType",
    "Key",
    "Mapping",
    "OneTimeField",
    "Quarantine",
    "Rule",
    "Template",
    "TemplatePhase",
    "TemplateTask",
    "Trigger",
    "ValueMap",
]
