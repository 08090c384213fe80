"""The catalog: everything that the folder of mapping files says."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from closedwon.mapping.model.mapping import Mapping
from closedwon.mapping.model.rule import Rule
from closedwon.mapping.model.template import Template


@dataclass(frozen=True)
class Catalog:
    """Everything that `include/mappings` says, once it has been found free of faults."""

    mappings: tuple[Mapping, ...]
    rules: tuple[Rule, ...]
    templates: Dictionary[str, Template]

    @property
    def inbound(self) -> tuple[Mapping, ...]:
        """The mappings that are received, parents before the objects that refer to them."""
        return tuple(m for m in self.mappings if m.received)

    @property
    def outbound(self) -> tuple[Mapping, ...]:
        return tuple(m for m in self.mappings if m.sent)

    def mapping(self, name: str) -> Mapping:
        """The mapping of that name; KeyError where there is none."""
        return {m.name: m for m in self.mappings}[name]

    def rule(self, name: str) -> Rule:
        """The rule of that name; KeyError where there is none."""
        return {rule.name: rule for rule in self.rules}[name]
