"""What an answer looks like, apart from what it says: its keys, the types of its values, the formats of its texts."""

from __future__ import annotations

import re
from typing import Any

from localorg.ids import to_id18

FORMATS = {
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000"),
    "zulu time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "record address": re.compile(r"/services/data/v\d\d\.0/(tooling/)?sobjects/\w+/\w{15,18}"),
    "locator": re.compile(r"/services/data/v\d\d\.0/query/\w{18}-\d+"),
    "address": re.compile(r"/services/data/v\d\d\.0(/[\w/{}]+)?"),
    "url": re.compile(r"https?://.*"),
    "milliseconds": re.compile(r"1\d{12}"),
}
Shape = dict[str, set[str]]


def shape_of(value: Any, path: str = "") -> Shape:
    """The kinds of value at each path; the elements of a list share one path, ending in []."""
    shape: Shape = {path: {_kind(value)}}
    children: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        children = [(f"{path}.{key}", inner) for key, inner in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[]", inner) for inner in value]
    for child_path, inner in children:
        for found, kinds in shape_of(inner, child_path).items():
            shape.setdefault(found, set()).update(kinds)
    return shape


def differences(recorded: Any, ours: Any, *, may_have_less: bool = False) -> list[str]:
    """How our answer differs in shape from the recorded one, a line for each path; empty if it does not.

    A path may be missing below a value that is null or an empty list on that side: there is nothing to compare. With
    `may_have_less`, the recorded answer may lack keys that ours has.
    """
    told, given = shape_of(recorded), shape_of(ours)
    missing = [f"we lack {path}" for path in told if path not in given and _is_expected(path, given)]
    extra = [f"only we have {path}" for path in given if path not in told and _is_expected(path, told)]
    wrong = [
        f"{path}: {_names(told[path])} recorded, ours is {_names(given[path])}"
        for path in told
        if path in given and not _agree(told[path] - {"null"}, given[path] - {"null"})
    ]
    return missing + wrong + ([] if may_have_less else extra)


def _is_expected(path: str, shape: Shape) -> bool:
    """Whether a shape has the object or the filled list directly around a path."""
    if path.endswith("[]"):
        return False
    parent = path.rpartition(".")[0]
    return "object" in shape.get(parent, set())


def _agree(recorded: set[str], ours: set[str]) -> bool:
    """Texts of no format may look like anything; a format is a promise where all of the recorded texts keep it."""
    if not recorded or not ours:
        return True
    if "text" in recorded:
        return recorded - ours <= {"text", *FORMATS, "id"} and ours - recorded <= {"text", *FORMATS, "id"}
    return ours <= recorded


def without_formats(value: Any) -> Any:
    """The same value with every text alike, for answers whose ids and times somebody made up."""
    if isinstance(value, dict):
        return {key: without_formats(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_formats(inner) for inner in value]
    return "" if isinstance(value, str) else value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "decimal"
    if isinstance(value, str):
        return _format(value)
    return "list" if isinstance(value, list) else "object"


def _format(text: str) -> str:
    if len(text) == 18 and to_id18(text) == text:
        return "id"
    return next((name for name, pattern in FORMATS.items() if pattern.fullmatch(text)), "text")


def _names(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))
