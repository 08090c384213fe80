"""Reading of `values/<name>.csv`: the labels of a picklist and our codes for them."""

from __future__ import annotations

import csv
import io
from types import MappingProxyType

from closedwon.mapping.model import ValueMap
from closedwon.mapping.model.value_map import fold_label
from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.yaml_nodes import find_unheld

_HEADER = ["label", "code"]
_CSV_ERRORS = {
    "new-line": "it has a line end of U+000D alone, as old programs write it: save the file with other line ends",
    "expected after": "text follows a closing quotation mark: write those inside of a quoted label twice",
    "end of data": "a quotation mark is opened here and never closed: close it",
    "field limit": "a cell is longer than any label: is a quotation mark opened here and not closed?",
}
"""For words of Python's message, ours."""


def read_value_map(name: str, text: str, findings: FileFindings) -> ValueMap | None:
    """Return the value map of a CSV text; None where it has findings, so that they cause no others."""
    before = len(findings.noted)
    # Excel writes UTF-8 files with a byte order mark.
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    codes: dict[str, str] = {}
    lines: dict[str, int] = {}
    began = 1
    try:
        header = next(reader, [])
        if header != _HEADER:
            findings.note(1, f"the header is '{','.join(header)}', but must be 'label,code'")
            return None
        began = reader.line_num + 1
        for row in reader:
            if _is_sound(row, reader.line_num, lines, findings):
                codes[row[0]] = row[1]
            began = reader.line_num + 1
    except csv.Error as error:
        seen = next((words for sign, words in _CSV_ERRORS.items() if sign in str(error)), str(error))
        findings.note(began, f"CSV cannot be read here: {seen}")
    if not codes and len(findings.noted) == before:
        findings.note(1, "there is no label: a field that uses this value map could have no value")
    return ValueMap(name, findings.file, MappingProxyType(codes)) if len(findings.noted) == before else None


def _is_sound(row: list[str], line: int, lines: dict[str, int], findings: FileFindings) -> bool:
    """Return whether a line has no finding; note the finding else.

    Args:
        lines: of each label before, folded; the row's is added.
    """
    if len(row) != 2:
        findings.note(line, f"{len(row)} cells, but a line is `label,code`: put a label that holds a comma in quotes")
        return False
    label, code = row
    if not label or not code:
        findings.note(line, f"the {'label' if not label else 'code'} is empty: fill it, or delete the line")
    elif label != label.strip() or code != code.strip():
        findings.note(line, f"'{label},{code}' has blanks at an end: take them out, Salesforce's labels have none")
    elif unheld := find_unheld(label + code):
        findings.note(line, f"the line holds {unheld}")
    elif (first := lines.setdefault(fold_label(label), line)) != line:
        findings.note(
            line,
            f"the label '{label}' stands twice, first on line {first} (Salesforce does not tell capitals from small "
            "letters): keep one line",
        )
    else:
        return True
    return False
