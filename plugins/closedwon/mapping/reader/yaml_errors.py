"""Syntax errors of YAML in words: the line where the mistake is, and what to write instead.

PyYAML reports where it could not go on, which is often a line later: an open `{` is noticed at the next entry, a
missing colon at the next key, an open quotation mark at the end of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

_BRACKET = re.compile(r"[{}\[\]]")
_COMMENT = re.compile(r"(^|\s)#.*")
_KEY = re.compile(r"[^#]*:(\s|$)")
_GENERAL = "look for a missing quotation mark, colon, comma or bracket"


@dataclass(frozen=True)
class _Seen:
    """An error of PyYAML, and the lines around it; all line numbers from 0."""

    problem: str
    context: str
    lines: list[str]
    stopped: int
    """The line where PyYAML could not go on."""
    column: int
    began: int
    """The line where the thing begins that PyYAML was reading."""

    @property
    def shown(self) -> str:
        return self.lines[self.stopped].strip()


def explain(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Return the line of a syntax error, from 1, and what is wrong there with its remedy."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return line, f"the character U+{ord(text[error.position]):04X} cannot stand in YAML: delete it"
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return 1, f"{' '.join(str(error).split())}: {_GENERAL}"
    mark, began = error.problem_mark, error.context_mark or error.problem_mark
    lines = [*text.split("\n"), ""]
    seen = _Seen(error.problem or "", error.context or "", lines, mark.line, mark.column, began.line)
    find = next((find for words, find in _FINDERS if words in seen.problem or words in seen.context), _find_other)
    line, message = find(seen)
    return line + 1, message


def _find_in_quotes(seen: _Seen) -> tuple[int, str]:
    if "escape" in seen.problem:
        return seen.stopped, "a backslash in double quotes begins an escape: use single quotes, or write it twice"
    return seen.began, "a quotation mark is opened here and never closed: close it"


def _find_in_brackets(seen: _Seen) -> tuple[int, str]:
    still_open: list[int] = []
    for number, line in enumerate(seen.lines[: seen.stopped + 1]):
        for sign in _BRACKET.findall(_COMMENT.sub("", line)):
            if sign in "{[":
                still_open.append(number)
            elif still_open:
                still_open.pop()
    if still_open:
        return still_open[-1], "a `{` or `[` is opened here and not closed: close it, before any `#`"
    if "node content" in seen.problem:
        return seen.stopped, "a comma stands where a `key: value` should: take it out"
    return seen.stopped, (
        "between two entries of `{...}` stands one comma, and text that holds a comma, `: ` or a quotation mark needs "
        "quotes around it"
    )


def _find_no_key(seen: _Seen) -> tuple[int, str]:
    return seen.began, _to_words(seen.lines[seen.began].strip())


def _find_value_with_colon(seen: _Seen) -> tuple[int, str]:
    if _KEY.match(seen.lines[seen.stopped][: seen.column]):
        return seen.stopped, f"'{seen.shown}' holds `: ` twice: put the text that holds it in quotes"
    numbers = range(seen.stopped - 1, -1, -1)
    above = next((number for number in numbers if _COMMENT.sub("", seen.lines[number]).strip()), seen.stopped)
    if not _KEY.match(seen.lines[above]):
        return above, _to_words(seen.lines[above].strip())
    return seen.stopped, f"'{seen.shown}' begins too far to the right: let it begin where the key above it begins"


def _find_column(seen: _Seen) -> tuple[int, str]:
    if seen.problem.endswith(("'}'", "']'")):
        return seen.stopped, "a bracket is closed here that is not open: take it out"
    if seen.shown.startswith("-") and not seen.shown.startswith("- "):
        return seen.stopped, _to_words(seen.shown)
    return seen.stopped, (
        f"'{seen.shown}' begins in another column than its neighbours: let all entries of a list, and all keys of a "
        "section, begin in one column"
    )


def _find_sign(seen: _Seen) -> tuple[int, str]:
    return seen.stopped, f"'{seen.shown}' has a text that begins with a sign of YAML's own: put the text in quotes"


def _find_reuse(seen: _Seen) -> tuple[int, str]:
    return seen.stopped, (
        f"in '{seen.shown}' {seen.problem}: no file here needs names or types of values. Write the value "
        "itself, and put a text that begins so in quotes"
    )


def _find_depth(seen: _Seen) -> tuple[int, str]:
    return seen.stopped, "lists or sections are nested more deeply than any key is: write the value itself"


def _find_document(seen: _Seen) -> tuple[int, str]:
    return seen.stopped, f"'{seen.shown}' begins a second document, and a file holds one: take the line out"


def _find_other(seen: _Seen) -> tuple[int, str]:
    return seen.stopped, f"{seen.problem}: {_GENERAL}"


_FINDERS = (
    ("quoted scalar", _find_in_quotes),
    ("expected ',' or", _find_in_brackets),
    ("node content", _find_in_brackets),
    ("could not find expected ':'", _find_no_key),
    ("mapping values are not allowed", _find_value_with_colon),
    ("<block end>", _find_column),
    ("cannot start any token", _find_sign),
    ("alphabetic or numeric", _find_sign),
    ("a comment or a line break", _find_sign),
    ("indentation indicators", _find_sign),
    ("sequence entries are not allowed", _find_sign),
    ("<document start>", _find_column),
    ("a value begins with", _find_reuse),
    ("too deep", _find_depth),
    ("another document", _find_document),
)
"""For words of PyYAML's message or context, what finds the line and the words of ours; the first that fits."""


def _to_words(shown: str) -> str:
    if shown.startswith(("{", "-{")):
        return f"'{shown}' is no entry of a list: begin it with `- `, a hyphen and a blank"
    return f"'{shown}' is no `key: value`: it lacks a colon, or the blank after it"
