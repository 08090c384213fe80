"""The key `id` of mapping and rule files: what Airflow and the warehouse call them, whatever their files are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from closedwon.errors import MappingFault
from closedwon.mapping.reader import read_catalog, require_sound

LEADS = """\
sobject: Lead
table: crm.leads
id: {id}
direction: receive
fields:
  - {{salesforce: LastName, column: last_name, type: text, direction: receive}}
"""


def add(folder: Path, file: str, own_id: str) -> None:
    path = folder / file
    path.write_text(f"id: {own_id}\n{path.read_text()}")


def findings_of(folder: Path) -> str:
    with pytest.raises(MappingFault) as refused:
        require_sound(read_catalog(folder))
    return str(refused.value)


def test_a_mapping_and_a_rule_are_called_by_their_ids(bend) -> None:
    folder = bend()
    add(folder, "accounts.yaml", "companies")
    add(folder, "rules/won.yaml", "wins")

    catalog = require_sound(read_catalog(folder))

    assert (catalog.mapping("companies").file, catalog.rule("wins").file) == ("accounts.yaml", "rules/won.yaml")


def test_two_mappings_cannot_have_one_name(bend) -> None:
    folder = bend()
    (folder / "leads.yaml").write_text(LEADS.format(id="accounts"))

    findings = findings_of(folder)

    assert "accounts.yaml:1: the mapping is called 'accounts', and so is leads.yaml: each would go on" in findings
    assert "leads.yaml:3: the mapping is called 'accounts', and so is accounts.yaml: each would go on" in findings


@pytest.mark.parametrize("file", ["leads.yaml", "rules/won.yaml"])
def test_an_id_cannot_be_that_of_a_task(bend, file: str) -> None:
    folder = bend()
    (folder / "leads.yaml").write_text(LEADS.format(id="leads"))
    path = folder / file
    path.write_text(path.read_text().replace("id: leads\n", ""))
    add(folder, file, "finished")

    assert f"{file}:1: `id: finished` is that of a task in Airflow already" in findings_of(folder)


def test_an_id_is_plain(bend) -> None:
    folder = bend()
    (folder / "leads.yaml").write_text(LEADS.format(id="our leads"))

    assert "leads.yaml:3: `id: our leads` is not a plain id: letters, digits, _ and -" in findings_of(folder)


@pytest.mark.parametrize("slip", ["colour: red", "fields: [", "id: x: y"])
@pytest.mark.parametrize("file", ["accounts.yaml", "rules/won.yaml"])
def test_a_broken_file_keeps_the_name_that_its_id_gives_it(bend, file: str, slip: str) -> None:
    folder = bend(file, content=f"id: before  # its name until 2026\n{slip}\n".encode())

    named = {broken.file: broken.name for broken in read_catalog(folder).broken}

    assert named[file] == "before"


def test_what_refers_to_a_broken_mapping_waits_for_it_by_its_id(bend) -> None:
    folder = bend("users.yaml", content=b"id: people\nsobject: User\ntable: crm.users\n")

    assert read_catalog(folder).mapping("accounts").waits_for == ("people",)
