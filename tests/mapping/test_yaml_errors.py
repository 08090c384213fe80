"""Files that are no YAML: the message names the line where the mistake is, not where a parser noticed it."""

from __future__ import annotations

import pytest

from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.yaml_nodes import compose

SOUND = [
    "sobject: Account",
    "table: crm.accounts",
    "direction: receive",
    "fields:",
    "  - {salesforce: Name, column: name, type: text, direction: receive}",
    "  - {salesforce: Fax, column: fax, type: text, direction: receive}",
    "  - {salesforce: Phone, column: phone, type: text, direction: receive}",
]


def with_line(number: int, line: str) -> str:
    return "\n".join([*SOUND[: number - 1], line, *SOUND[number:]]) + "\n"


@pytest.mark.parametrize(
    ("number", "line", "remedy"),
    [
        (5, "  - {salesforce: Name, column: name, type: text, direction: receive", "close it"),
        (7, "  - {salesforce: Phone, column: phone, type: text, direction: receive", "close it"),
        (5, "  - {salesforce: Name, column: name, # type: text, direction: receive}", "close it, before any `#`"),
        (5, "  - {salesforce: Name, references: [crm.users, direction: receive}", "close it"),
        (4, "fields: [", "close it"),
        (5, '  - {salesforce: "Name, column: name, type: text, direction: receive}', "close it"),
        (1, "sobject: 'Account", "close it"),
        (5, '  - {salesforce: Name, note: "C:\\path"}', "use single quotes"),
        (5, SOUND[4] + "}", "take it out"),
        (5, "  - {, salesforce: Name}", "take it out"),
        (5, "  - {salesforce: Name column: name}", "one comma"),
        (5, "  - {salesforce: Name, note: 'it's ours'}", "quotes around it"),
        (1, "sobject:Account", "the blank after it"),
        (1, "sobject Account", "lacks a colon"),
        (2, "table crm.accounts", "lacks a colon"),
        (4, "fields", "lacks a colon"),
        (1, "sobject: Account: x", "in quotes"),
        (2, "  table: crm.accounts", "where the key above it begins"),
        (6, " - {salesforce: Fax, column: fax}", "in one column"),
        (6, "    - {salesforce: Fax, column: fax}", "in one column"),
        (6, "  {salesforce: Fax, column: fax}", "begin it with `- `"),
        (6, "  -{salesforce: Fax, column: fax}", "begin it with `- `"),
        (6, "\u00a0 - {salesforce: Fax, column: fax}", "replace it"),
        (1, "sobject: @Account", "in quotes"),
        (1, "sobject: *Account", "in quotes"),
        (1, "sobject: Acc\x07ount", "U+0007 cannot stand in YAML: delete it"),
        (1, "sobject: |x", "in quotes"),
        (3, "---", "take the line out"),
    ],
)
def test_a_slip_is_told_by_its_own_line_and_with_a_remedy(number: int, line: str, remedy: str) -> None:
    findings = FileFindings("accounts.yaml")

    assert compose(with_line(number, line), findings) is None

    (finding,) = findings.noted
    assert finding.line == number
    assert remedy in finding.message


def test_a_bracket_that_goes_over_several_lines_and_is_closed_is_not_blamed() -> None:
    findings = FileFindings("accounts.yaml")
    text = with_line(4, "fields: # of a list\n  [\n    {salesforce: Id}\n  ]\nrules:")

    assert compose(text.replace("Fax, column: fax", "Fax column: fax"), findings) is None

    assert [finding.line for finding in findings.noted] == [10]
