"""Links: which record a row is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.state.link import link_records, unlink_records

CATALOG = require_sound(read_catalog(Path(__file__).parents[2] / "include" / "mappings"))
PROJECTS = CATALOG.mapping("projects")
ONE, TWO, THREE = (f"a0Xxx000000000{n}EAA" for n in "123")


@pytest.fixture
def rows(engine: Engine) -> Engine:
    """A warehouse with the projects 1, 2 and 3; project 3 is linked to the record THREE."""
    with engine.begin() as connection:
        prepare_warehouse(connection, CATALOG)
        for _ in range(3):
            connection.execute(text("INSERT INTO delivery.projects (name, lead_email) VALUES ('p', 'l@x.example')"))
        link_records(connection, PROJECTS, {3: THREE})
    return engine


def links_of(engine: Engine) -> list[str | None]:
    with engine.begin() as connection:
        return list(
            connection.execute(text("SELECT salesforce_id FROM delivery.projects_current ORDER BY id")).scalars()
        )


def test_rows_without_a_link_are_linked(rows: Engine) -> None:
    with rows.begin() as connection:
        refused = link_records(connection, PROJECTS, {1: ONE, 2: TWO})

    assert refused == {}
    assert links_of(rows) == [ONE, TWO, THREE]


def test_to_link_again_changes_nothing(rows: Engine) -> None:
    with rows.begin() as connection:
        refused = link_records(connection, PROJECTS, {3: THREE})

    assert refused == {}
    assert links_of(rows) == [None, None, THREE]


def test_a_link_to_another_record_is_refused_and_stays_while_others_are_made(rows: Engine) -> None:
    with rows.begin() as connection:
        refused = link_records(connection, PROJECTS, {1: ONE, 3: TWO})

    assert links_of(rows) == [ONE, None, THREE]
    assert list(refused) == [3]
    assert (
        f"row 3 of delivery.projects to the Delivery_Project__c {TWO}, but the row is linked to {THREE}" in refused[3]
    )


def test_a_record_that_belongs_to_another_row_is_refused(rows: Engine) -> None:
    with rows.begin() as connection:
        refused = link_records(connection, PROJECTS, {1: THREE})

    assert links_of(rows) == [None, None, THREE]
    assert "but row 3 is linked to it already" in refused[1]


def test_a_row_that_is_no_longer_there_is_refused(rows: Engine) -> None:
    with rows.begin() as connection:
        refused = link_records(connection, PROJECTS, {9: ONE})

    assert "but the row is no longer there" in refused[9]


def test_no_records_are_no_work(rows: Engine) -> None:
    with rows.begin() as connection:
        assert link_records(connection, PROJECTS, {}) == {}
        assert unlink_records(connection, PROJECTS, []) == 0


def test_a_record_that_is_gone_is_unlinked(rows: Engine) -> None:
    with rows.begin() as connection:
        unlinked = unlink_records(connection, PROJECTS, [THREE, ONE])

    assert unlinked == 1
    assert links_of(rows) == [None, None, None]
    with rows.begin() as connection:
        (tombstone,) = connection.execute(text("SELECT * FROM sync.link")).all()
    assert (tombstone.row_id, tombstone.salesforce_id) == (3, THREE)
    assert tombstone.unlinked_at >= tombstone.linked_at


def test_a_row_has_a_record_in_each_mapping_that_sends_it(rows: Engine) -> None:
    others = replace(PROJECTS, name="others", sobject="Engagement__c")

    with rows.begin() as connection:
        refused = link_records(connection, others, {3: ONE, 2: TWO})
        unlink_records(connection, others, [TWO, THREE])

    assert refused == {}
    assert links_of(rows) == [None, None, ONE]
    with rows.begin() as connection:
        held = connection.execute(text("SELECT mapping, row_id FROM sync.link WHERE unlinked_at IS NULL ORDER BY 1"))
        assert [tuple(link) for link in held] == [("others", 3), ("projects", 3)]
