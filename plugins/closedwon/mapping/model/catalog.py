"""The catalog: everything that the folder of mapping files says."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Literal

from closedwon.mapping.model.mapping import Mapping
from closedwon.mapping.model.rule import Rule
from closedwon.mapping.model.template import Template

FileKind = Literal["mapping", "rule", "template", "suite", "value map"]


@dataclass(frozen=True, order=True)
class Finding:
    """Something that a person has to correct, and the line where it stands."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True)
class BrokenFile:
    """A file that cannot be used, because of findings of its own or of files that it needs."""

    name: str
    """Of a mapping or rule its id, where that can be read; else the file's name."""
    file: str
    kind: FileKind
    findings: tuple[Finding, ...]
    """Its own findings and those of the files that it needs."""
    needs: tuple[str, ...] = ()
    """The broken files that it needs: a value map, a suite, a template, the mapping of a rule's source."""

    @property
    def message(self) -> str:
        """What an operator reads: the file, and each finding with file and line."""
        cause = f", as it needs {' and '.join(self.needs)}" if self.needs else ""
        return "\n".join([f"{self.file} is not used until corrected{cause}:", *map(str, self.findings)])


@dataclass(frozen=True)
class Catalog:
    """What the folder says: what is sound, ready for use, and what is broken, with its findings."""

    mappings: tuple[Mapping, ...]
    rules: tuple[Rule, ...]
    templates: Dictionary[str, Template]
    broken: tuple[BrokenFile, ...] = ()

    @property
    def inbound(self) -> tuple[Mapping, ...]:
        """The mappings that are received, parents before the objects that refer to them."""
        return tuple(m for m in self.mappings if m.received)

    @property
    def outbound(self) -> tuple[Mapping, ...]:
        return tuple(m for m in self.mappings if m.sent)

    def mapping(self, name: str) -> Mapping:
        """Return the mapping of that name; KeyError where there is none that is sound."""
        return {m.name: m for m in self.mappings}[name]

    def rule(self, name: str) -> Rule:
        """Return the rule of that name; KeyError where there is none that is sound."""
        return {rule.name: rule for rule in self.rules}[name]
