"""YAML read so strictly that a slip of the pen cannot pass for a meaning.

PyYAML's `safe_load` reads a bare `No` as false, lets the second of two equal keys win, and makes a key of whatever
follows an unquoted comma in `{...}`. Here the nodes are read instead of the values: each knows its line, all three
slips are faults, and so is every key that nobody reads. A fault is noted and reading goes on, so that one message
holds them all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import yaml

from closedwon.mapping.spelling import did_you_mean

Scalar = str | float | int | bool

_KINDS = {"bool": "true or false", "null": "nothing", "int": "a number", "float": "a number", "timestamp": "a date"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, order=True)
class Fault:
    """Something that a person has to correct, and the line where it stands."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Source:
    """One file by the name that messages use, and the list that its faults go to (shared by all files)."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def note(self, line: int, message: str) -> None:
        """Adds a fault of this file."""
        self.faults.append(Fault(self.file, line, message))


class Section:
    """One `{key: value}` of a file; its getters note a fault and return None (or nothing) instead of raising."""

    def __init__(self, node: yaml.MappingNode, source: Source, known: Collection[str] | None) -> None:
        self.source = source
        self.line = _line(node)
        self._nodes: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            key = _as_text(key_node, "a key", source)
            if key is None:
                continue
            if known is not None and key not in known:
                source.note(_line(key_node), _unknown_key(key, value_node, node, known))
            elif key in self._nodes:
                source.note(_line(key_node), f"'{key}' stands twice, first on line {self.line_of(key)}: keep one")
            else:
                self._nodes[key] = value_node

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def line_of(self, key: str) -> int:
        """The line of the key's value; of the section where the key is missing."""
        return _line(self._nodes[key]) if key in self._nodes else self.line

    def note(self, key: str, message: str) -> None:
        """Adds a fault on the line of a key."""
        self.source.note(self.line_of(key), message)

    def is_null(self, key: str) -> bool:
        """Whether the key is there and says `null`."""
        node = self._nodes.get(key)
        return node is not None and node.tag == "tag:yaml.org,2002:null" and bool(node.value)

    def text(self, key: str, *, required: bool = False) -> str | None:
        """The text of a key; None where it is missing or is no text."""
        if key not in self._nodes:
            if required:
                self.source.note(self.line, f"`{key}` is missing")
            return None
        return _as_text(self._nodes[key], f"`{key}`", self.source)

    def one_of(self, key: str, choices: Collection[str]) -> str | None:
        """The text of a key that must be there and be one of the choices."""
        seen = self.text(key, required=True)
        if seen is None or seen in choices:
            return seen
        self.note(key, f"`{key}: {seen}` is not one of {', '.join(choices)}{did_you_mean(seen, choices)}")
        return None

    def flag(self, key: str) -> bool:
        """What a key says, `true` or `false`; False where it is missing."""
        node = self._nodes.get(key)
        if node is None:
            return False
        if not isinstance(node, yaml.ScalarNode) or node.style or node.value not in ("true", "false"):
            self.note(key, f"`{key}` must be true or false, in these letters and without quotes")
            return False
        return bool(node.value == "true")

    def number(self, key: str) -> float | None:
        """The number of a key that must be there."""
        value = self.scalar(key)
        if value is None or isinstance(value, (int, float)):
            return value
        self.note(key, f"`{key}: {value}` must be a number")
        return None

    def scalar(self, key: str) -> Scalar | None:
        """The text, number or truth value of a key that must be there; a date comes back as its text."""
        if key not in self._nodes:
            self.source.note(self.line, f"`{key}` is missing")
            return None
        return _as_scalar(self._nodes[key], f"`{key}`", self.source)

    def section(self, key: str, known: Collection[str] | None = None) -> Section | None:
        """The section below a key; without `known`, its keys are free."""
        node = self._nodes.get(key)
        if node is None:
            return None
        return as_section(node, f"`{key}`", self.source, known)

    def sections(self, key: str, known: Collection[str]) -> list[Section]:
        """The sections of a list that must be there and not be empty."""
        return as_sections(self._nodes.get(key), f"`{key}`", self.source, known, self.line)

    def scalars(self, key: str) -> list[Scalar]:
        """The values of a list that must be there and not be empty."""
        nodes = _as_list(self._nodes.get(key), f"`{key}`", self.source, self.line)
        values = (_as_scalar(node, f"an entry of `{key}`", self.source) for node in nodes)
        return [value for value in values if value is not None]

    def texts(self, key: str) -> list[str]:
        """The texts of a list that must be there and not be empty."""
        nodes = _as_list(self._nodes.get(key), f"`{key}`", self.source, self.line)
        return [text for node in nodes if (text := _as_text(node, f"an entry of `{key}`", self.source)) is not None]


def compose(text: str, source: Source) -> yaml.Node | None:
    """The root node of a YAML text; None, and a fault, where there is none to read."""
    tabs = [number for number, line in enumerate(text.split("\n"), start=1) if "\t" in line]
    for number in tabs:
        source.note(number, "a tab; YAML wants blanks: replace it")
    if tabs:
        return None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        source.note(line, f"YAML cannot be read here: {error.problem}")
        return None
    except yaml.YAMLError as error:
        source.note(1, f"YAML cannot be read: {' '.join(str(error).split())}")
        return None
    if root is None:
        source.note(1, "the file is empty: fill it, or delete it")
    return root


def as_section(node: yaml.Node, what: str, source: Source, known: Collection[str] | None) -> Section | None:
    """The node as a section; None, and a fault, where it is none."""
    if isinstance(node, yaml.MappingNode):
        return Section(node, source, known)
    source.note(_line(node), f"{what} must be a section of `key: value`, not {_kind(node)}")
    return None


def as_sections(
    node: yaml.Node | None, what: str, source: Source, known: Collection[str], line: int = 1
) -> list[Section]:
    """The sections of a node that must be a list with at least one."""
    sections = (as_section(entry, f"an entry of {what}", source, known) for entry in _as_list(node, what, source, line))
    return [section for section in sections if section is not None]


def _as_list(node: yaml.Node | None, what: str, source: Source, line: int) -> list[yaml.Node]:
    if node is None:
        source.note(line, f"{what} is missing")
    elif not isinstance(node, yaml.SequenceNode):
        source.note(_line(node), f"{what} must be a list, not {_kind(node)}")
    elif not node.value:
        source.note(_line(node), f"{what} is an empty list: name at least one")
    else:
        return list(node.value)
    return []


def _as_text(node: yaml.Node, what: str, source: Source) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        source.note(_line(node), f"{what} must be text, not {_kind(node)}")
    elif node.tag != "tag:yaml.org,2002:str":
        remedy = f'write "{node.value}" in quotes' if node.value else "give it a value, or take the key out"
        source.note(_line(node), f"{what} must be text, but YAML reads '{node.value}' as {_kind(node)}: {remedy}")
    elif not node.value.strip():
        source.note(_line(node), f"{what} is empty: give it a value, or take the key out")
    else:
        return str(node.value)
    return None


def _as_scalar(node: yaml.Node, what: str, source: Source) -> Scalar | None:
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "timestamp":
        return str(node.value)
    if kind == "bool" and node.value in ("true", "false"):
        return bool(node.value == "true")
    if kind in ("int", "float") and _NUMBER.fullmatch(node.value):
        return float(node.value) if "." in node.value else int(node.value)
    return _as_text(node, what, source)


def _unknown_key(key: str, value: yaml.Node, section: yaml.MappingNode, known: Collection[str]) -> str:
    if section.flow_style and isinstance(value, yaml.ScalarNode) and not value.value and not value.style:
        return f"'{key}' stands alone: an unquoted comma splits a row; put the text that holds the comma in quotes"
    return f"unknown key '{key}'{did_you_mean(key, known)}; known are {', '.join(known)}"


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return _KINDS.get(node.tag.rsplit(":", 1)[-1], "text")
    return "a list" if isinstance(node, yaml.SequenceNode) else "a section"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
