"""Strict reading of YAML: a typing mistake is a finding, not another value.

PyYAML's `safe_load` reads a bare `No` as false, lets the second of two equal keys win, and makes a key of the text
after an unquoted comma in `{...}`. Here the nodes are read instead of the values: each knows its line, all three
mistakes are findings, and so is every unknown key. Reading goes on after a finding, so that one message lists them all.
"""

from __future__ import annotations

import re

import yaml

from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.yaml_errors import explain

Scalar = str | float | int | bool

_KINDS = {"bool": "true or false", "null": "nothing", "int": "a number", "float": "a number", "timestamp": "a date"}
_ODD_BLANK = re.compile(r" *[^\S \t\r\n]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def compose(text: str, findings: FileFindings) -> yaml.Node | None:
    """Return the root node of a YAML text; None, with a finding, if the text is empty or not YAML."""
    tabs = [number for number, line in enumerate(text.split("\n"), start=1) if "\t" in line]
    for number in tabs:
        findings.note(number, "a tab; YAML wants blanks: replace it")
    odd = [number for number, line in enumerate(text.split("\n"), start=1) if _ODD_BLANK.match(line)]
    for number in odd:
        findings.note(number, "the line begins with a blank that is none to YAML, such as U+00A0: replace it")
    if tabs or odd:
        return None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        line, message = explain(error, text)
        findings.note(line, f"YAML cannot be read here: {message}")
        return None
    if root is None:
        findings.note(1, "the file is empty: fill it, or delete it")
    return root


def as_list(node: yaml.Node | None, what: str, findings: FileFindings, line: int) -> list[yaml.Node]:
    """Return the entries of a node that must be a non-empty list; an empty list, with a finding, if it is not."""
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
    """Return the text of a node; None, with a finding, if YAML reads it as another type."""
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


def as_scalar(node: yaml.Node) -> Scalar | None:
    """Return the text, number or boolean of a node; None for any other node."""
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "bool" and node.value in ("true", "false"):
        return bool(node.value == "true")
    if kind in ("int", "float") and _NUMBER.fullmatch(node.value):
        return float(node.value) if "." in node.value else int(node.value)
    return str(node.value) if kind == "str" and node.value.strip() else None


def kind_of(node: yaml.Node) -> str:
    """Return in plain words the type as which YAML reads a node."""
    if isinstance(node, yaml.ScalarNode):
        return _KINDS.get(node.tag.rsplit(":", 1)[-1], "text")
    return "a list" if isinstance(node, yaml.SequenceNode) else "a section"


def line_of(node: yaml.Node) -> int:
    """Return the line on which a node begins, from 1."""
    return int(node.start_mark.line) + 1
