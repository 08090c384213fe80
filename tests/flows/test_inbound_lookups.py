"""Lookups that may refer to records of several objects: a case belongs to a user or to a queue."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from closedwon.errors import MappingFault
from tests.world import MAPPINGS, World

CASES = """
sobject: Case
table: crm.cases
direction: receive
fields:
  - {{salesforce: Subject, column: subject, type: text, direction: receive}}
  - {{salesforce: OwnerId, column: owner, type: reference, direction: receive, references: {references}}}
"""
QUEUES = """
sobject: Group
table: crm.queues
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive, required: true}
"""
OWNERS = "SELECT subject, owner IS NULL, owner_salesforce_id FROM crm.cases ORDER BY subject"


def map_cases(world: World, tmp_path: Path, references: str, *, with_queues: bool = False) -> None:
    world.mappings = tmp_path / "mappings"
    copytree(MAPPINGS, world.mappings)
    (world.mappings / "cases.yaml").write_text(CASES.format(references=references))
    if with_queues:
        (world.mappings / "queues.yaml").write_text(QUEUES)


def open_two_cases(world: World) -> tuple[str, str]:
    """Make a case of a user and one of a queue, and return the ids of both owners."""
    org = world.people()
    queue = org.create("Group", {"Name": "Support", "DeveloperName": "Support", "Type": "Queue"})
    org.create("Case", {"Subject": "of a queue", "OwnerId": queue})
    org.create("Case", {"Subject": "of a user"})
    (case,) = org.query("SELECT OwnerId FROM Case WHERE Subject = 'of a user'")
    return case["OwnerId"], queue


def test_what_refers_to_an_object_without_a_table_arrives_with_the_link_empty_and_its_id_kept(
    world: World, tmp_path: Path
) -> None:
    user, queue = open_two_cases(world)
    map_cases(world, tmp_path, "[crm.users]")

    counts = world.run_import()

    assert (counts["cases"].written, counts["cases"].rejected) == (2, 0)
    assert world.rows(OWNERS) == [("of a queue", True, queue), ("of a user", False, user)]
    assert world.is_in_parity()


def test_a_record_that_moves_to_a_queue_gives_up_its_link_and_one_that_comes_back_gets_it_again(
    world: World, tmp_path: Path
) -> None:
    user, queue = open_two_cases(world)
    map_cases(world, tmp_path, "[crm.users]")
    world.run_import()
    org = world.people()
    cases = {case["Subject"]: case["Id"] for case in org.query("SELECT Id, Subject FROM Case")}
    org.update("Case", cases["of a user"], {"OwnerId": queue})
    org.update("Case", cases["of a queue"], {"OwnerId": user})

    world.run_import()

    assert world.rows(OWNERS) == [("of a queue", False, user), ("of a user", True, queue)]


def test_each_record_is_linked_in_the_table_of_its_own_object(world: World, tmp_path: Path) -> None:
    open_two_cases(world)
    map_cases(world, tmp_path, "[crm.users, crm.queues]", with_queues=True)

    world.run_import()

    linked = """
        SELECT c.subject, u.id IS NOT NULL, q.name FROM crm.cases c
          LEFT JOIN crm.users u ON u.id = c.owner AND u.salesforce_id = c.owner_salesforce_id
          LEFT JOIN crm.queues q ON q.id = c.owner AND q.salesforce_id = c.owner_salesforce_id ORDER BY 1
    """
    assert world.rows(linked) == [("of a queue", False, "Support"), ("of a user", True, None)]


def test_a_parent_that_comes_later_is_linked_by_the_next_load(world: World, tmp_path: Path) -> None:
    _, queue = open_two_cases(world)
    map_cases(world, tmp_path, "[crm.users, crm.queues]", with_queues=True)
    world.run_import(objects=["users", "cases"])
    assert world.rows(OWNERS)[0] == ("of a queue", True, queue)
    world.people().create("Case", {"Subject": "of another user"})

    world.run_import()

    assert ("of a queue", False, queue) in world.rows(OWNERS)


def test_one_table_named_for_a_field_of_several_objects_is_a_finding_that_shows_the_list(
    world: World, tmp_path: Path
) -> None:
    open_two_cases(world)
    map_cases(world, tmp_path, "crm.users")

    with pytest.raises(MappingFault, match=r"cases\.yaml:7: .*write `references: \[crm\.users\]`"):
        world.run_import()
