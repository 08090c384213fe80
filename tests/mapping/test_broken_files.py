"""A broken file stops what needs it, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from closedwon.mapping.model import Catalog
from closedwon.mapping.reader import assembly, read_catalog
from tests.mapping.conftest import GOOD


def broken(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """The broken files, each with those that it needs."""
    return {file.file: file.needs for file in catalog.broken}


def test_the_other_files_go_on(bend) -> None:
    catalog = read_catalog(bend("projects.yaml", "type: picklist", "type: pickelist"))

    assert broken(catalog) == {"projects.yaml": ()}
    assert [mapping.name for mapping in catalog.mappings] == ["users", "accounts", "opportunities"]
    assert [rule.name for rule in catalog.rules] == ["won"]


def test_a_broken_file_says_what_it_is_and_lists_its_findings_with_file_and_line(bend) -> None:
    (file,) = read_catalog(bend("projects.yaml", "type: picklist", "type: pickelist")).broken

    assert (file.name, file.file, file.kind) == ("projects", "projects.yaml", "mapping")
    assert file.message.startswith("projects.yaml is not used until corrected:\nprojects.yaml:8: `type: pickelist`")


@pytest.mark.parametrize(
    ("file", "content", "needing"),
    [
        ("values/status.csv", b"Label,Code\n", {"projects.yaml": ("values/status.csv",)}),
        ("suites/accounts.yaml", b"- {expect: nothing}\n", {"accounts.yaml": ("suites/accounts.yaml",)}),
        ("templates/standard.yaml", b"phases: []\n", {"rules/won.yaml": ("templates/standard.yaml",)}),
        ("opportunities.yaml", b"sobject: Opportunity\n", {"rules/won.yaml": ("opportunities.yaml",)}),
        ("opportunities.yaml", b"sobject: {Opp\n", {"rules/won.yaml": ("opportunities.yaml",)}),
    ],
    ids=["value-map", "suite", "template", "source", "source-unreadable"],
)
def test_what_needs_a_broken_file_is_broken_and_names_the_cause(
    bend, file: str, content: bytes, needing: dict[str, tuple[str, ...]]
) -> None:
    catalog = read_catalog(bend(file, content=content))

    assert broken(catalog) == {file: ()} | needing
    (dependent,) = (other for other in catalog.broken if other.needs)
    assert f"as it needs {file}" in dependent.message
    assert f"\n{file}:" in dependent.message


@pytest.mark.parametrize("content", [b"sobject: Account\ntable: crm.accounts\n", b"sobject: {Account\n"])
def test_a_rule_with_a_condition_on_a_record_of_a_broken_mapping_needs_that_file(bend, content: bytes) -> None:
    condition = "only_if: [{field: Account.Type, is: [Customer - Direct]}]\ndefault_lead"
    folder = bend("rules/won.yaml", "default_lead", condition)
    (folder / "accounts.yaml").write_bytes(content)

    catalog = read_catalog(folder)

    assert broken(catalog)["rules/won.yaml"] == ("accounts.yaml",)


@pytest.mark.parametrize("content", [b"sobject: User\ntable: crm.users\n", b"sobject: {User\n"])
def test_what_refers_to_a_broken_mapping_is_sound_and_waits_for_it(bend, content: bytes) -> None:
    catalog = read_catalog(bend("users.yaml", content=content))

    waits = {mapping.name: mapping.waits_for for mapping in catalog.mappings if mapping.received}
    assert waits["accounts"] == waits["opportunities"] == ("users",)
    assert broken(catalog) == {"users.yaml": ()}


def test_a_sound_folder_waits_for_nothing(bend) -> None:
    catalog = read_catalog(bend())

    assert catalog.broken == ()
    assert {mapping.waits_for for mapping in catalog.mappings} == {()}


def test_files_are_parsed_once_per_change(bend, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    compose = assembly.compose
    monkeypatch.setattr(
        assembly, "compose", lambda text, findings: parsed.append(findings.file) or compose(text, findings)
    )
    folder: Path = bend("users.yaml", "sobject: User", "sobject: User # for the count of parses")

    first = read_catalog(folder)
    assert "users.yaml" in parsed
    parsed.clear()

    assert read_catalog(folder) is first
    assert parsed == []

    (folder / "users.yaml").write_text((folder / "users.yaml").read_text() + "# changed\n")
    assert read_catalog(folder) is not first
    assert parsed == ["users.yaml"]


@pytest.mark.parametrize("odd", ["[]", "{a: b}", "null", "No", '""', "&a x", "!tag x", "{[a]: b}", "2026-01-01"])
def test_whatever_a_file_says_reading_it_raises_nothing(odd: str) -> None:
    values = [
        (file, match)
        for file, text in GOOD.items()
        if file.endswith(".yaml")
        for match in re.finditer(r"(?<=: )[^,}\n]+|(?<=- )\{.*", text)
    ]
    for file, match in values:
        bent = GOOD | {file: GOOD[file][: match.start()] + odd + GOOD[file][match.end() :]}

        catalog = assembly.assemble_catalog("odd", tuple((name, text.encode()) for name, text in bent.items()))

        assert {finding.line > 0 for other in catalog.broken for finding in other.findings} <= {True}
    assert len(values) > 30
