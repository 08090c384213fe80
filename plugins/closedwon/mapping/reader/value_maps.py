"""Reading of `values/<name>.csv`: the labels of a picklist and our codes for them."""

from __future__ import annotations

import csv
import io
from types import MappingProxyType

from closedwon.mapping.model import ValueMap
from closedwon.mapping.reader.findings import FileFindings

_HEADER = ["label", "code"]


def read_value_map(name: str, text: str, findings: FileFindings) -> ValueMap | None:
    """Return the value map of a CSV text; None where it has findings, so that they cause no others."""
    before = len(findings.noted)
    # Excel writes UTF-8 files with a byte order mark.
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    codes: dict[str, str] = {}
    try:
        header = next(reader, [])
        if header != _HEADER:
            findings.note(1, f"the header is '{','.join(header)}', but must be 'label,code'")
            return None
        for row in reader:
            _read_row(row, reader.line_num, codes, findings)
    except csv.Error as error:
        findings.note(reader.line_num, f"CSV cannot be read here: {error}")
    if not codes and len(findings.noted) == before:
        findings.note(1, "there is no label: a field that uses this value map could have no value")
    return ValueMap(name, findings.file, MappingProxyType(codes)) if len(findings.noted) == before else None


def _read_row(row: list[str], line: int, codes: dict[str, str], findings: FileFindings) -> None:
    if len(row) != 2:
        findings.note(line, f"{len(row)} cells, but a line is `label,code`: put a label that holds a comma in quotes")
        return
    label, code = row
    if not label or not code:
        findings.note(line, f"the {'label' if not label else 'code'} is empty: fill it, or delete the line")
    elif label != label.strip() or code != code.strip():
        findings.note(
            line, f"'{label},{code}' has blanks at an end: Salesforce's labels have none, so it could never match"
        )
    elif label in codes:
        findings.note(line, f"the label '{label}' stands twice: keep one line")
    else:
        codes[label] = code
