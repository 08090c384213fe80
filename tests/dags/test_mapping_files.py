"""Mapping files that change under a run that is under way."""

from __future__ import annotations

from pathlib import Path

import pytest

from closedwon.errors import MappingFault
from closedwon.orchestration.clients import read_mapping, read_rule


def test_a_file_that_is_broken_while_a_run_is_under_way_fails_the_task_with_file_and_line(mappings: Path) -> None:
    assert read_mapping("contacts").sobject == "Contact"
    (mappings / "contacts.yaml").write_text("sobject: [")
    with pytest.raises(MappingFault, match=r"contacts\.yaml:\d+: "):
        read_mapping("contacts")


def test_a_file_that_is_taken_away_meanwhile_is_named(mappings: Path) -> None:
    (rule,) = (mappings / "rules").iterdir()
    assert read_rule(rule.stem).source == "Opportunity"
    rule.unlink()
    with pytest.raises(MappingFault, match=f"The file of the rule '{rule.stem}' was removed or renamed"):
        read_rule(rule.stem)


def test_what_waits_for_a_broken_mapping_with_an_id_names_its_file(mappings: Path) -> None:
    (mappings / "accounts.yaml").write_text("id: companies\nsobject: Account\ntable: crm.accounts\n")

    with pytest.raises(MappingFault, match=r"contacts\.yaml refers to a table of accounts\.yaml, which is broken"):
        read_mapping("contacts")
