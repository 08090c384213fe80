"""One mapping's fault, or its watermark, is its own: what does not depend on it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from closedwon.errors import MappingFault, RequestRefused
from closedwon.flows import inbound
from closedwon.flows.inbound import RunOptions
from localorg.server import running_org
from tests.world import MAPPINGS, ROOT, World

PARTNERS = """
sobject: Account
table: crm.partners
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
"""
WIDE = """
sobject: Wide__c
table: crm.wide
direction: receive
fields:
"""
UNKNOWN = PARTNERS.replace("Account", "Partner__c")


def add_mapping(world: World, name: str, text: str) -> None:
    if world.mappings == MAPPINGS:
        world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    (world.mappings / f"{name}.yaml").write_text(text)


def watermarks(world: World) -> set[str]:
    return {row.mapping for row in world.rows("SELECT mapping FROM sync.watermark")}


def test_a_second_mapping_of_an_object_that_is_imported_already_loads_its_rows_and_has_a_watermark_of_its_own(
    world: World,
) -> None:
    world.run_import()
    add_mapping(world, "partners", PARTNERS)

    counts = world.run_import()

    assert (counts["partners"].written, set(counts)) == (3, {"partners"})
    assert world.one("SELECT count(*) FROM crm.partners") == 3
    assert "partners" in watermarks(world)
    assert world.run_import() == {}


def test_two_mappings_of_one_object_cost_one_call_and_both_follow_a_change(world: World) -> None:
    add_mapping(world, "partners", PARTNERS)
    world.run_import()
    sf = world.login()
    world.org.control.reset_calls()
    assert world.run_import(sf=sf) == {}
    assert world.org.control.calls()["api"] == 1

    world.people().create("Account", {"Name": "Hooli"})
    counts = world.run_import()

    assert (counts["accounts"].written, counts["partners"].written) == (1, 1)


def test_an_object_that_cannot_be_probed_fails_its_own_extract_and_the_others_watermarks_move(world: World) -> None:
    add_mapping(world, "partners", UNKNOWN)
    world.prepare()
    sf, catalog = world.login(), world.catalog

    to_read = inbound.probe(world.engine, sf, catalog.inbound, RunOptions(), run_id="the run")

    assert to_read["partners"] is None
    assert (to_read["accounts"], to_read["contacts"]) == (3, 4)
    with pytest.raises(RequestRefused, match=r"NOT_FOUND.*Partner__c"):
        world.read_mapping("partners", to_read, sf, "the run")
    world.read_mapping("users", to_read, sf, "the run")
    world.read_mapping("accounts", to_read, sf, "the run")
    assert watermarks(world) == {"users", "accounts"}


def test_a_column_of_another_type_stops_its_own_mapping_and_no_other(world: World) -> None:
    world.run_import()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE crm.contacts ALTER phone TYPE integer USING NULL")
    world.people().create("Account", {"Name": "Hooli"})
    world.prepare()
    sf = world.login()

    to_read = inbound.probe(world.engine, sf, world.catalog.inbound, RunOptions(), run_id="the run")

    assert set(to_read) == {"accounts", "contacts"}
    with pytest.raises(MappingFault, match=r"contacts\.yaml.*phone"):
        world.read_mapping("contacts", to_read, sf, "the run")
    assert world.read_mapping("accounts", to_read, sf, "the run").written == 1


@pytest.fixture
def wide(world: World, tmp_path: Path) -> Iterator[World]:
    """A world whose org has an object of 400 fields, which are more than an address holds, and a mapping of them."""
    fields = [f"A_Field_With_A_Long_Name_{number}__c" for number in range(400)]
    declared = (ROOT / "demo" / "org.yaml").read_text() + "  Wide__c:\n    fields:\n"
    objects = tmp_path / "wide.yaml"
    objects.write_text(declared + "".join(f"      {name}: {{type: text}}\n" for name in fields))
    lines = "".join(
        f"  - {{salesforce: {name}, column: wide_{number}, type: text, direction: receive}}\n"
        for number, name in enumerate(fields)
    )
    add_mapping(world, "wide", WIDE + lines)
    with running_org(tmp_path / "wide-org", objects=objects) as org:
        yield replace(world, org=org)


def test_X23_a_query_too_long_for_an_address_goes_by_bulk_api_however_few_the_records(wide: World) -> None:
    record = {"A_Field_With_A_Long_Name_0__c": "first", "A_Field_With_A_Long_Name_399__c": "last"}
    wide.org.control.write_records("Wide__c", [record])

    assert wide.run_import()["wide"].written == 1

    assert wide.org.control.count_calls("jobs/query", "POST") == 1
    assert wide.one("SELECT wide_0, wide_399 FROM crm.wide") == ("first", "last")


def test_X23_records_in_quarantine_of_such_a_mapping_are_read_again_by_bulk_api(wide: World) -> None:
    (record_id,) = wide.org.control.write_records("Wide__c", [{"A_Field_With_A_Long_Name_0__c": "Drama"}])
    file = wide.mappings / "wide.yaml"
    text = file.read_text()
    file.write_text(text.replace("_0__c, column: wide_0,", "_0__c, column: wide_0, values: industry,"))
    assert wide.run_import()["wide"].rejected == 1
    with (wide.mappings / "values" / "industry.csv").open("a", encoding="utf-8") as labels:
        labels.write("Drama,drama\n")

    wide.run_import()

    assert wide.org.control.count_calls("jobs/query", "POST") == 2 + 1
    assert wide.one("SELECT wide_0 FROM crm.wide WHERE salesforce_id = :id", id=record_id) == "drama"
