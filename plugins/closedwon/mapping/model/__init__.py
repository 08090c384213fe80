"""What the files in `include/mappings` say, one module per kind of file. Nothing here reads a file."""

from closedwon.mapping.model.catalog import BrokenFile, Catalog, FileKind, Finding
from closedwon.mapping.model.condition import Condition
from closedwon.mapping.model.currency import Currency
from closedwon.mapping.model.mapping import (
    DIRECTIONS,
    NEVER_DELETED,
    Direction,
    Field,
    FieldType,
    Mapping,
)
from closedwon.mapping.model.receive import Receive
from closedwon.mapping.model.rule import SOURCES, OneTimeField, Rule, TemplateChoice
from closedwon.mapping.model.send import Key, Send
from closedwon.mapping.model.template import Template, TemplatePhase, TemplateTask
from closedwon.mapping.model.triggers import TRIGGERS, ChangesTo, IsChecked, Trigger, TriggerKind
from closedwon.mapping.model.value_map import QUARANTINE, Quarantine, ValueMap

__all__ = [
    "DIRECTIONS",
    "NEVER_DELETED",
    "QUARANTINE",
    "SOURCES",
    "TRIGGERS",
    "BrokenFile",
    "Catalog",
    "ChangesTo",
    "Condition",
    "Currency",
    "Direction",
    "Field",
    "FieldType",
    "FileKind",
    "Finding",
    "IsChecked",
    "Key",
    "Mapping",
    "OneTimeField",
    "Quarantine",
    "Receive",
    "Rule",
    "Send",
    "Template",
    "TemplateChoice",
    "TemplatePhase",
    "TemplateTask",
    "Trigger",
    "TriggerKind",
    "ValueMap",
]
