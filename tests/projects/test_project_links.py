"""Linking and unlinking of projects by hand, with the checks that plain SQL does not have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from closedwon.errors import LinkRefused, SetupFault
from closedwon.flows.project_links import ProjectLink, link_project, unlink_project
from closedwon.mapping.model import Catalog
from closedwon.warehouse.delivery.projects import lock_rule
from tests.projects.delivery_desk import Desk

OURS = "INSERT INTO delivery.projects (name, lead_email) VALUES ('Ours', 'me@example.com')"


@pytest.fixture
def ours(desk: Desk) -> Desk:
    """A desk with the project P-000001 that the team made by hand, linked to nothing."""
    desk.do(OURS)
    return desk


def link(desk: Desk, code: str, record: str) -> ProjectLink:
    return link_project(desk.engine, desk.catalog, code, record)


def test_Baton_22_a_project_is_linked_to_a_record_and_the_rule_makes_no_second_one(ours: Desk) -> None:
    deal = ours.put_opportunity(stage="Prospecting")
    ours.run()

    made = link(ours, "p-000001 ", f" {deal[:15]}")
    ours.move(deal, "Closed Won")
    (counts,) = ours.run()

    assert made == ProjectLink("P-000001", "Opportunity", deal)
    assert (counts.made, counts.exists, ours.projects()) == (0, 1, 1)
    assert (ours.project().source_sobject, ours.project().opportunity_salesforce_id) == ("Opportunity", deal)


def test_Baton_21_Baton_22_a_project_that_is_linked_gets_no_one_time_fields(ours: Desk) -> None:
    deal = ours.put_opportunity(name="As sold", amount=10)

    link(ours, "P-000001", deal)
    ours.run()

    project = ours.project()
    assert (project.name, project.lead_email) == ("Ours", "me@example.com")
    assert (project.contract_value, project.client_name, project.template) == (None, None, None)


def test_Baton_22_a_project_is_unlinked_and_stays_and_the_rule_makes_no_second_one(desk: Desk) -> None:
    deal = desk.put_opportunity()
    desk.run()

    ended = unlink_project(desk.engine, "P-000001")
    (counts,) = desk.run()

    assert ended == ProjectLink("P-000001", "Opportunity", deal)
    assert (counts.made, desk.projects()) == (0, 1)
    assert (desk.project().source_sobject, desk.project().source_salesforce_id) == (None, None)


def test_a_project_moves_to_another_record_by_unlinking_and_linking(desk: Desk) -> None:
    desk.put_opportunity()
    desk.run()
    other = desk.put_opportunity(stage="Prospecting")

    unlink_project(desk.engine, "P-000001")
    link(desk, "P-000001", other)
    link(desk, "P-000001", other)  # again: it is so already

    assert (desk.projects(), desk.project().source_salesforce_id) == (1, other)


def refuse_link(desk: Desk, code: str, record: str) -> str:
    before = desk.ask("SELECT * FROM delivery.projects ORDER BY id")
    with pytest.raises(LinkRefused) as refused:
        link(desk, code, record)
    assert desk.ask("SELECT * FROM delivery.projects ORDER BY id") == before
    return str(refused.value)


def test_Baton_22_a_project_that_is_linked_already_is_not_taken_from_its_record(ours: Desk) -> None:
    first, second = ours.put_opportunity(), ours.put_opportunity()
    link(ours, "P-000001", first)

    assert refuse_link(ours, "P-000001", second) == (
        f"The project P-000001 is linked to Opportunity {first} already."
        "\nEnd that link first: closedwon unlink P-000001"
    )


def test_Baton_22_a_record_that_has_a_project_is_not_linked_to_a_second_one(ours: Desk) -> None:
    deal = ours.put_opportunity()
    ours.run()

    assert f"Opportunity {deal} has the project P-000002 already" in refuse_link(ours, "P-000001", deal)


@pytest.mark.parametrize(
    ("code", "record", "words"),
    [
        pytest.param("P-000009", "", "There is no project 'P-000009'.", id="no-project"),
        pytest.param("P-000001", "006xx", "'006xx' is not a Salesforce id", id="no-id"),
        pytest.param("P-000001", "0065g00000AbCdEAAV", "has not come in", id="no-record"),
    ],
)
def test_Baton_22_what_is_not_there_is_not_linked(ours: Desk, code: str, record: str, words: str) -> None:
    assert words in refuse_link(ours, code, record or ours.put_opportunity())


def test_Baton_22_a_deleted_record_is_not_linked(ours: Desk) -> None:
    deal = ours.put_opportunity(is_deleted=True)

    assert f"Opportunity {deal} is deleted in Salesforce" in refuse_link(ours, "P-000001", deal)


@pytest.mark.parametrize(
    ("code", "words"), [("P-000001", "is linked to no record"), ("P-7", "There is no project 'P-7'.")]
)
def test_Baton_22_what_is_not_linked_is_not_unlinked(ours: Desk, code: str, words: str) -> None:
    with pytest.raises(LinkRefused, match=words):
        unlink_project(ours.engine, code)


def test_a_link_waits_for_a_rule_that_is_making_a_project_of_the_record(ours: Desk) -> None:
    deal = ours.put_opportunity()
    at_the_lock = Barrier(2, timeout=60)

    def meet(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if "pg_advisory_xact_lock" in statement:
            at_the_lock.wait()

    with ThreadPoolExecutor(1) as pool:
        with ours.engine.begin() as connection:
            lock_rule(connection, "won_opportunities")
            connection.exec_driver_sql(
                "INSERT INTO delivery.projects (rule, source_sobject, source_salesforce_id, name, lead_email)"
                f" VALUES ('won_opportunities', 'Opportunity', '{deal}', 'Made', 'me@example.com')"
            )
            event.listen(ours.engine, "before_cursor_execute", meet)
            linked = pool.submit(link, ours, "P-000001", deal)
            at_the_lock.wait()
        refused = linked.exception(timeout=60)

    assert f"Opportunity {deal} has the project P-000002 already" in str(refused)


def test_a_mapping_whose_table_no_run_has_made_yet_keeps_no_link_from_being_made(ours: Desk) -> None:
    deal = ours.put_opportunity()
    ours.do("DROP TABLE crm.contacts")

    assert link(ours, "P-000001", deal).salesforce_id == deal


def test_a_warehouse_that_no_run_has_prepared_is_named(engine: Engine, shipped: Catalog) -> None:
    with pytest.raises(SetupFault, match=r"no table delivery\.projects.*\nRun the DAG `salesforce_import` once"):
        link_project(engine, shipped, "P-000001", "0065g00000AbCdEAAV")
