"""Strict reading of YAML: a typing mistake is a finding, not another value.

PyYAML's `safe_load` reads a bare `No` as false, lets the second of two equal keys win, and makes a key of the text
after an unquoted comma in `{...}`. Here the nodes are read instead of the values: each knows its line, all three
mistakes are findings, and so is every unknown key. Reading goes on after a finding, so that one message lists them all.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from closedwon.mapping.reader.findings import UNHELD, FileFindings
from closedwon.mapping.reader.yaml_errors import explain

Scalar = str | float | int | bool

_KINDS = {
    **{"bool": "true or false", "null": "nothing", "int": "a number", "float": "a number", "timestamp": "a date"},
    **dict.fromkeys(("merge", "value"), "a sign of YAML's own"),
}
_ODD_BLANK = re.compile(r" *[^\S \t\r\n]")
_ODD_LINE_END = re.compile("\r(?!\n|$)|[\x85\u2028\u2029]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MOST_DIGITS = 15
"""Digits of which a float keeps each."""
_DEEPEST = 20


class _PlainLoader(yaml.SafeLoader):
    """Reads YAML without what makes a value mean something else than it says: tags, anchors, aliases."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Return the next node; an error names what cannot be used."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _refuse("a value begins with *", event)
        if event.anchor or event.tag:
            raise _refuse(f"a value begins with {'&' if event.anchor else '!'}", event)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _refuse("too deep", event)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refuse(problem: str, event: Any) -> yaml.MarkedYAMLError:
    error = yaml.MarkedYAMLError(problem=problem)
    error.problem_mark = event.start_mark
    return error


def compose(text: str, findings: FileFindings) -> yaml.Node | None:
    """Return the root node of a YAML text; None, with a finding, if the text is empty or not YAML."""
    tabs = [number for number, line in enumerate(text.split("\n"), start=1) if "\t" in line]
    for number in tabs:
        findings.note(number, "a tab; YAML wants blanks: replace it")
    odd = [number for number, line in enumerate(text.split("\n"), start=1) if _ODD_BLANK.match(line)]
    for number in odd:
        findings.note(number, "the line begins with a blank that is none to YAML, such as U+00A0: replace it")
    split = [number for number, line in enumerate(text.split("\n"), start=1) if _ODD_LINE_END.search(line)]
    for number in split:
        findings.note(number, "a line end that only YAML takes for one, such as U+2028 or a lone U+000D: replace it")
    if tabs or odd or split:
        return None
    try:
        root = yaml.compose(text, Loader=_PlainLoader)
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
    elif unheld := find_unheld(node.value):
        findings.note(line_of(node), f"{what} holds {unheld}")
    else:
        return str(node.value)
    return None


def find_unheld(text: str) -> str:
    """Return the sign in a text that Postgres cannot hold, with what to do, as the end of "... holds"; else nothing."""
    found = UNHELD.search(text)
    return f"the sign U+{ord(found[0]):04X}, which Postgres cannot hold: take it out" if found else ""


def as_scalar(node: yaml.Node) -> Scalar | None:
    """Return the text, number or boolean of a node; None for any other node, and for what cannot be kept as it is."""
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "bool" and node.value in ("true", "false"):
        return bool(node.value == "true")
    if kind in ("int", "float") and _NUMBER.fullmatch(node.value):
        is_kept = sum(map(str.isdigit, node.value)) <= _MOST_DIGITS
        return None if not is_kept else float(node.value) if "." in node.value else int(node.value)
    return str(node.value) if kind == "str" and node.value.strip() and not find_unheld(node.value) else None


def kind_of(node: yaml.Node) -> str:
    """Return in plain words the type as which YAML reads a node."""
    if isinstance(node, yaml.ScalarNode):
        return _KINDS.get(node.tag.rsplit(":", 1)[-1], "text")
    return "a list" if isinstance(node, yaml.SequenceNode) else "a section"


def keys_of(node: yaml.Node) -> set[str]:
    """Return the keys of a section but for those that are lists or sections; none of any other node."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return {str(key.value) for key, _ in pairs if isinstance(key, yaml.ScalarNode)}


def line_of(node: yaml.Node) -> int:
    """Return the line on which a node begins, from 1."""
    return int(node.start_mark.line) + 1
