"""Keys that are refused, with what to write instead: unknown ones, those of features not built, those that moved.

An accepted key must have an effect, so these are refused by name. `WHY_NEEDED` says why a required key is needed.
"""

from __future__ import annotations

from collections.abc import Collection

import yaml

from closedwon.mapping.spelling import did_you_mean

_MOVED = "the file is written as in 0.1.0: what belongs to sending stands under `send` now. Write `send: {}`"

NOT_BUILT = {
    ("Mapping", "send.guard"): "`send.guard` is not built yet. Take it out; what a run intends to write stands in "
    "sync.plan",
    ("Mapping", "direction: both"): "`direction: both` is not built yet: write two files for the object, one with "
    "`direction: receive` and one with `direction: send`",
    ("Field", "direction: both"): "`direction: both` is not built yet: an import would overwrite what the team wrote. "
    "Write `direction: receive` or `direction: send`",
    ("Field", "conflict"): "`conflict` is not built yet, as a field goes one way. Take it out, and write "
    "`direction: receive` or `direction: send`",
}

WHY_NEEDED = {
    "default_lead": "every project needs an internal lead, name one by e-mail address",
    "when": "what picks a record?",
    "once": "a project needs a `name`, write `once: [{column: name, sobject: ..., field: ...}]`",
}


def refuse_moved(node: yaml.MappingNode) -> str | None:
    """Return the finding for a file with top-level keys of 0.1.0, with the section to write instead; else None."""
    found = {str(key.value): value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    moved = [key for key in ("key", "read_from") if key in found]
    if not moved:
        return None
    written = ", ".join(f"{key}: {_as_flow(found[key])}" for key in moved)
    hint = "" if "key" in moved else "key: {salesforce: ..., column: ...}, "
    return _MOVED.format(f"{{{hint}{written}}}")


def _as_flow(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return f"{{{', '.join(f'{key.value}: {_as_flow(value)}' for key, value in node.value)}}}"
    return str(node.value) if isinstance(node, yaml.ScalarNode) else "..."


def unknown_key(key: str, value: yaml.Node, section: yaml.MappingNode, known: Collection[str]) -> str:
    """Return the finding for an unknown key, with the nearest known key and all known ones."""
    if section.flow_style and isinstance(value, yaml.ScalarNode) and not value.value and not value.style:
        return f"'{key}' stands alone: an unquoted comma splits a row; put the text that holds the comma in quotes"
    return f"unknown key '{key}'{did_you_mean(key, known)}; known are {', '.join(known)}"
