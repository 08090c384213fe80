"""YAML read so strictly that a slip of the pen cannot pass for a meaning.

PyYAML's `safe_load` reads a bare `No` as false, lets the second of two equal keys win, and makes a key of whatever
follows an unquoted comma in `{...}`. Here the nodes are read instead of the values: each knows its line, all three
slips are findings, and so is every key that nobody reads. A finding is noted and reading goes on, so that one message
holds them all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import yaml

from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.spelling import did_you_mean

Scalar = str | float | int | bool

_KINDS = {"bool": "true or false", "null": "nothing", "int": "a number", "float": "a number", "timestamp": "a date"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class Section:
    """One `{key: value}` of a file; its getters note a finding and return None instead of raising."""

    def __init__(self, node: yaml.MappingNode, findings: FileFindings, known: Collection[str] | None) -> None:
        self.findings = findings
        self.line = line_of(node)
        self._nodes: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            key = as_text(key_node, "a key", findings)
            if key is None:
                continue
            if known is not None and key not in known:
                findings.note(line_of(key_node), unknown_key(key, value_node, node, known))
            elif key in self._nodes:
                findings.note(line_of(key_node), f"'{key}' stands twice, first on line {self.line_of(key)}: keep one")
            else:
                self._nodes[key] = value_node

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def line_of(self, key: str) -> int:
        """Return the line of the key's value; of the section where the key is missing."""
        return line_of(self._nodes[key]) if key in self._nodes else self.line

    def note(self, key: str, message: str) -> None:
        """Add a finding on the line of a key."""
        self.findings.note(self.line_of(key), message)

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return the text of a key; None where it is missing or is no text."""
        if key not in self._nodes:
            if required:
                self.findings.note(self.line, f"`{key}` is missing")
            return None
        return as_text(self._nodes[key], f"`{key}`", self.findings)

    def one_of(self, key: str, choices: Collection[str]) -> str | None:
        """Return the text of a key that must be there and be one of the choices."""
        seen = self.text(key, required=True)
        if seen is None or seen in choices:
            return seen
        self.note(key, f"`{key}: {seen}` is not one of {', '.join(choices)}{did_you_mean(seen, choices)}")
        return None

    def flag(self, key: str) -> bool:
        """Return what a key says, `true` or `false`; False where it is missing."""
        node = self._nodes.get(key)
        if node is None:
            return False
        if not isinstance(node, yaml.ScalarNode) or node.style or node.value not in ("true", "false"):
            self.note(key, f"`{key}` must be true or false, in these letters and without quotes")
            return False
        return bool(node.value == "true")

    def scalar(self, key: str) -> Scalar | None:
        """Return the text, number or truth value of a key that must be there; a date comes back as its text."""
        if key not in self._nodes:
            self.findings.note(self.line, f"`{key}` is missing")
            return None
        return as_scalar(self._nodes[key], f"`{key}`", self.findings)

    def texts(self, key: str) -> list[str]:
        """Return the texts of a list that must be there and not be empty."""
        nodes = as_list(self._nodes.get(key), f"`{key}`", self.findings, self.line)
        return [text for node in nodes if (text := as_text(node, f"an entry of `{key}`", self.findings)) is not None]


def compose(text: str, findings: FileFindings) -> yaml.Node | None:
    """Return the root node of a YAML text; None, and a finding, where there is none to read."""
    tabs = [number for number, line in enumerate(text.split("\n"), start=1) if "\t" in line]
    for number in tabs:
        findings.note(number, "a tab; YAML wants blanks: replace it")
    if tabs:
        return None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        findings.note(line, f"YAML cannot be read here: {error.problem}")
        return None
    except yaml.YAMLError as error:
        findings.note(1, f"YAML cannot be read: {' '.join(str(error).split())}")
        return None
    if root is None:
        findings.note(1, "the file is empty: fill it, or delete it")
    return root


def as_section(node: yaml.Node, what: str, findings: FileFindings, known: Collection[str] | None) -> Section | None:
    """Return the node as a section; None, and a finding, where it is none."""
    if isinstance(node, yaml.MappingNode):
        return Section(node, findings, known)
    findings.note(line_of(node), f"{what} must be a section of `key: value`, not {kind_of(node)}")
    return None


def as_sections(
    node: yaml.Node | None, what: str, findings: FileFindings, known: Collection[str], line: int = 1
) -> list[Section]:
    """Return the sections of a node that must be a list with at least one."""
    sections = (
        as_section(entry, f"an entry of {what}", findings, known) for entry in as_list(node, what, findings, line)
    )
    return [section for section in sections if section is not None]


def as_list(node: yaml.Node | None, what: str, findings: FileFindings, line: int) -> list[yaml.Node]:
    """Return the entries of a node that must be a list with at least one; none, and a finding, where it is not."""
    if node is None:
        findings.note(line, f"{what} is missing")
    elif not isinstance(node, yaml.SequenceNode):
        findings.note(line_of(node), f"{what} must be a list, not {kind_of(node)}")
    elif not node.value:
        findings.note(line_of(node), f"{what} is an empty list: name at least one")
    else:
        return list(node.value)
    return []


def as_text(node: yaml.Node, what: str, findings: FileFindings) -> str | None:
    """Return the text of a node; None, and a finding, where YAML reads it as anything else."""
    if not isinstance(node, yaml.ScalarNode):
        findings.note(line_of(node), f"{what} must be text, not {kind_of(node)}")
    elif node.tag != "tag:yaml.org,2002:str":
        remedy = f'write "{node.value}" in quotes' if node.value else "give it a value, or take the key out"
        findings.note(line_of(node), f"{what} must be text, but YAML reads '{node.value}' as {kind_of(node)}: {remedy}")
    elif not node.value.strip():
        findings.note(line_of(node), f"{what} is empty: give it a value, or take the key out")
    else:
        return str(node.value)
    return None


def as_scalar(node: yaml.Node, what: str, findings: FileFindings) -> Scalar | None:
    """Return the text, number or truth value of a node; None, and a finding, where it is none."""
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "timestamp":
        return str(node.value)
    if kind == "bool" and node.value in ("true", "false"):
        return bool(node.value == "true")
    if kind in ("int", "float") and _NUMBER.fullmatch(node.value):
        return float(node.value) if "." in node.value else int(node.value)
    return as_text(node, what, findings)


def unknown_key(key: str, value: yaml.Node, section: yaml.MappingNode, known: Collection[str]) -> str:
    """Return what is said of a key that nobody reads."""
    if section.flow_style and isinstance(value, yaml.ScalarNode) and not value.value and not value.style:
        return f"'{key}' stands alone: an unquoted comma splits a row; put the text that holds the comma in quotes"
    return f"unknown key '{key}'{did_you_mean(key, known)}; known are {', '.join(known)}"


def kind_of(node: yaml.Node) -> str:
    """Return in plain words what YAML takes a node for."""
    if isinstance(node, yaml.ScalarNode):
        return _KINDS.get(node.tag.rsplit(":", 1)[-1], "text")
    return "a list" if isinstance(node, yaml.SequenceNode) else "a section"


def line_of(node: yaml.Node) -> int:
    """Return the line on which a node begins, from 1."""
    return int(node.start_mark.line) + 1
