"""Writes whose answer was lost: the next run looks what became of them before it says anything of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from closedwon.errors import OrgUnavailable
from closedwon.flows import outbound
from tests.outbound.export_desk import Desk

COLLECTIONS = "composite/sobjects"
ARRIVED = "The answer was lost. The run 'new' found these values in the org."
LOST = "The answer was lost. The run 'new' did not find these values in the org, and planned the row anew."

NOT_SENT = "Not sent: the run 'new' has planned the export of this object anew."


def lose_answers(desk: Desk, path: str, when: str = "after", **settings: object) -> None:
    desk.org.control.order("reset", path, when=when, count=None, **settings)


def fail_to_apply(desk: Desk, name: str = "projects") -> None:
    """The run `old` sends what it has planned, and fails."""
    with pytest.raises(OrgUnavailable, match="no whole answer"):
        desk.apply(name, run_id="old")
    desk.org.control.clear_faults()


def states(desk: Desk) -> list[tuple[str, str | None, str | None]]:
    return [(line.state, line.code, line.message) for line in desk.ledger("old")]


@pytest.mark.parametrize("name", ["projects", "opportunity_projects"])
def test_calls_that_all_arrived_are_ok_although_all_answers_were_lost(desk: Desk, name: str) -> None:
    desk.projects(3)
    desk.plan(name, run_id="old")
    lose_answers(desk, COLLECTIONS, method="PATCH")
    fail_to_apply(desk, name)

    planned = desk.plan(name, run_id="new")

    assert (planned.planned, planned.unchanged) == (0, 3)
    assert states(desk) == [("ok", None, ARRIVED)] * 3
    if name == "projects":
        links = desk.ask("SELECT row_id, salesforce_id FROM sync.link WHERE mapping = 'projects' ORDER BY row_id")
        assert [link.salesforce_id for link in links] == [line.salesforce_id for line in desk.ledger("old")]
        assert [link.row_id for link in links] == [1, 2, 3]


def test_what_has_changed_since_is_planned_with_the_value_that_arrived_as_before(desk: Desk) -> None:
    project = desk.project(health="Red")
    desk.plan(run_id="old")
    lose_answers(desk, COLLECTIONS, method="PATCH")
    fail_to_apply(desk)
    desk.do("UPDATE delivery.projects SET health = 'Green' WHERE id = :id", id=project)

    desk.plan(run_id="new")

    assert states(desk) == [("ok", None, ARRIVED)]
    (line,) = desk.ledger("new")
    assert (line.before, line.after) == ({"Health__c": "Red"}, {"Health__c": "Green"})


def test_a_call_that_did_not_arrive_is_unprocessed_and_planned_anew_and_what_was_not_sent_is_skipped(
    desk: Desk,
) -> None:
    desk.projects(201)
    desk.plan(run_id="old")
    lose_answers(desk, COLLECTIONS, when="before", method="PATCH")
    fail_to_apply(desk)

    planned = desk.plan(run_id="new")

    assert planned.planned == 201
    assert states(desk)[:200] == [("unprocessed", "NO_ANSWER", LOST)] * 200
    assert states(desk)[200:] == [
        ("skipped", None, "Not sent: the run 'new' has planned the export of this object anew.")
    ]
    assert {line.sent_at is None for line in desk.ledger("old")[:200]} == {False}
    assert desk.ledger("old")[200].sent_at is None


def test_a_value_that_somebody_has_written_over_since_is_not_taken_for_one_that_arrived(desk: Desk) -> None:
    (opportunity,) = desk.opportunities(1)
    desk.project(opportunity, health="Red")
    desk.plan("opportunity_projects", run_id="old")
    lose_answers(desk, COLLECTIONS, method="PATCH")
    fail_to_apply(desk, "opportunity_projects")
    desk.sf.Opportunity.update(opportunity, {"Project_Health__c": "Green"})

    planned = desk.plan("opportunity_projects", run_id="new")

    assert (planned.planned, states(desk)) == (1, [("unprocessed", "NO_ANSWER", LOST)])


def test_a_value_of_a_field_that_is_no_longer_sent_is_not_taken_for_one_that_arrived(desk: Desk) -> None:
    desk.project(health="Red")
    desk.plan(run_id="old")
    lose_answers(desk, COLLECTIONS, method="PATCH")
    fail_to_apply(desk)
    mapping = desk.mapping("projects")
    kept = tuple(field for field in mapping.fields if field.salesforce != "Health__c")
    desk.use(replace(mapping, fields=kept))

    desk.plan(run_id="new")

    assert states(desk) == [("unprocessed", "NO_ANSWER", LOST)]


def test_a_value_that_arrived_at_a_record_whose_external_id_has_other_letters_is_found(desk: Desk) -> None:
    project = desk.project()
    desk.export()
    desk.sf.Delivery_Project__c.update(desk.record(project)["Id"], {"Project_ID__c": "p-000001"})
    desk.do("UPDATE delivery.projects SET health = 'Red'")
    desk.plan(run_id="old")
    lose_answers(desk, COLLECTIONS, method="PATCH")
    fail_to_apply(desk)

    planned = desk.plan(run_id="new")

    assert (planned.planned, states(desk)) == (0, [("ok", None, ARRIVED)])


def test_a_value_that_arrived_at_a_record_whose_external_id_is_a_number_is_found(numbered_desk: Desk) -> None:
    numbered_desk.projects(2)
    numbered_desk.plan(run_id="old")
    lose_answers(numbered_desk, COLLECTIONS, method="PATCH")
    fail_to_apply(numbered_desk)

    planned = numbered_desk.plan(run_id="new")

    assert (planned.planned, states(numbered_desk)) == (0, [("ok", None, ARRIVED)] * 2)


def test_a_retry_of_the_run_itself_sends_again_and_does_not_look(desk: Desk) -> None:
    desk.projects(3)
    desk.plan(run_id="old")
    lose_answers(desk, COLLECTIONS, method="PATCH")
    fail_to_apply(desk)

    desk.plan(run_id="old")
    counts = desk.apply(run_id="old")

    assert (counts.ok, len(desk.records())) == (3, 3)
    assert states(desk) == [("ok", None, None)] * 3


@pytest.fixture
def bulk_desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A run `old` that has planned three rows for a bulk job."""
    monkeypatch.setattr(outbound, "MOST_WITHOUT_BULK", 1)
    desk.projects(3)
    desk.do("UPDATE delivery.projects SET lead_email = 'not an address' WHERE id = 2")
    desk.plan(run_id="old")
    return desk


def job_states(desk: Desk) -> list[str]:
    return [job["state"] for job in desk.sf.restful("jobs/ingest")["records"]]


def test_an_orphaned_bulk_job_settles_its_rows_by_its_own_results(bulk_desk: Desk) -> None:
    lose_answers(bulk_desk, "jobs/ingest/.*/successfulResults")
    fail_to_apply(bulk_desk)

    planned = bulk_desk.plan(run_id="new")

    assert [line.state for line in bulk_desk.ledger("old")] == ["ok", "rejected", "ok"]
    assert bulk_desk.ledger("old")[1].code == "INVALID_EMAIL_ADDRESS"
    assert planned.planned == 1
    assert len(bulk_desk.ask("SELECT * FROM sync.link WHERE mapping = 'projects'")) == 2


def test_an_orphaned_bulk_job_that_still_waits_for_its_upload_is_aborted(bulk_desk: Desk) -> None:
    lose_answers(bulk_desk, "jobs/ingest/[^/]+$", when="before", method="PATCH")
    fail_to_apply(bulk_desk)
    assert job_states(bulk_desk) == ["Open"]

    planned = bulk_desk.plan(run_id="new")

    assert job_states(bulk_desk) == ["Aborted"]
    assert states(bulk_desk) == [("unprocessed", "NO_ANSWER", LOST)] * 3
    assert planned.planned == 3
