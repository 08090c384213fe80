"""The file of a mapping that is sent, under another name: its links and its ledger are those of its id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import pytest

from closedwon.errors import MappingFault
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.warehouse.prepare import prepare_warehouse
from tests.outbound.export_desk import ROOT, Desk


@dataclass(frozen=True)
class Files:
    """A copy of the mapping files; the desk goes by them as they are after each change."""

    folder: Path
    desk: Desk

    def rename(self, old: str, new: str, own_id: str | None = None) -> None:
        file = (self.folder / f"{old}.yaml").rename(self.folder / f"{new}.yaml")
        if own_id:
            self.add(new, f"id: {own_id}\n{file.read_text()}")
        self.read()

    def add(self, name: str, text: str) -> None:
        (self.folder / f"{name}.yaml").write_text(text)
        self.read()

    def remove(self, name: str) -> None:
        (self.folder / f"{name}.yaml").unlink()
        self.read()

    def read(self) -> None:
        self.desk.catalog = require_sound(read_catalog(self.folder))
        with self.desk.engine.begin() as connection:
            prepare_warehouse(connection, self.desk.catalog)


@pytest.fixture
def files(desk: Desk, tmp_path: Path) -> Files:
    return Files(Path(copytree(ROOT / "include" / "mappings", tmp_path / "mappings")), desk)


def test_a_mapping_that_may_have_been_renamed_plans_nothing_and_says_what_to_add(desk: Desk, files: Files) -> None:
    desk.projects(2)
    desk.export()
    files.rename("projects", "deliveries")
    desk.do("UPDATE delivery.projects SET health = 'Red'")

    with pytest.raises(MappingFault) as refused:
        desk.plan("deliveries")

    message = str(refused.value)
    assert "Records of Delivery_Project__c were written by the mapping 'projects' (2 records)" in message
    assert re.search("^If it was renamed, add `id: projects` to deliveries.yaml", message, re.M)
    assert re.search("^If it is another mapping, add `id: deliveries`", message, re.M)
    assert [line.mapping for line in desk.ledger()] == ["projects"] * 2


@pytest.mark.parametrize(("own_id", "records"), [("projects", 1), ("deliveries", 2)], ids=["renamed", "another"])
def test_the_id_decides_whether_the_mapping_knows_the_record_whose_external_id_was_changed(
    desk: Desk, files: Files, own_id: str, records: int
) -> None:
    project = desk.project()
    desk.export()
    desk.sf.Delivery_Project__c.update(desk.record(project)["Id"], {"Project_ID__c": "by hand"})
    files.rename("projects", "deliveries", own_id)

    desk.plan(own_id)
    desk.apply(own_id)

    assert len(desk.records()) == records


def test_a_renamed_mapping_gives_up_the_opportunity_that_it_wrote_under_its_former_name(
    desk: Desk, files: Files
) -> None:
    old, new = desk.opportunities(2)
    desk.project(old)
    desk.export("opportunity_projects")
    desk.do("UPDATE delivery.projects SET source_salesforce_id = :new", new=new)
    files.rename("opportunity_projects", "deals", "opportunity_projects")

    counts = desk.export("opportunity_projects")

    assert (counts.planned, counts.ok) == (2, 2)
    assert [desk.sf.Opportunity.get(deal)["Project_ID__c"] for deal in (old, new)] == [None, "P-000001"]


def test_a_renamed_mapping_keeps_its_line_in_the_status(desk: Desk, files: Files) -> None:
    desk.project()
    desk.export()
    files.rename("projects", "deliveries", "projects")

    status = desk.ask("SELECT mapping, state, written FROM sync.status WHERE flow = 'export' ORDER BY mapping")

    assert [tuple(line) for line in status] == [("opportunity_projects", "new", None), ("projects", "ok", 1)]


def test_a_mapping_that_is_added_beside_the_others_needs_no_id(desk: Desk, files: Files) -> None:
    desk.project()
    desk.export("opportunity_projects")
    files.add("deals", (files.folder / "opportunity_projects.yaml").read_text())

    assert desk.plan("deals").planned == 0


def test_a_mapping_needs_no_id_where_the_one_that_is_gone_wrote_another_object(desk: Desk, files: Files) -> None:
    desk.project()
    desk.export("projects")
    files.remove("projects")

    assert desk.export("opportunity_projects").ok == 1


def test_a_mapping_that_has_planned_before_needs_no_id_when_another_one_is_removed(desk: Desk, files: Files) -> None:
    files.add("deals", (files.folder / "opportunity_projects.yaml").read_text())
    desk.project(health="Green")
    desk.export("deals")
    desk.do("UPDATE delivery.projects SET health = 'Red'")
    desk.export("opportunity_projects")
    files.remove("deals")

    assert desk.export("opportunity_projects").planned == 0
