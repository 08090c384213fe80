"""What an export plans, sends and writes down, also when rows, records or the org are not as they should be."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from closedwon.errors import MappingFault, OrgUnavailable, RowsRejected
from closedwon.mapping.model import Field, Mapping
from closedwon.warehouse.state.plan_results import Outcome, settle_writes
from tests.outbound.export_desk import Desk

TOO_LONG = "x" * 256
COLLECTIONS = "composite/sobjects"


def with_field(mapping: Mapping, name: str, **changes: Any) -> Mapping:
    """The mapping with one of its fields changed."""

    def changed(field: Field) -> Field:
        return replace(field, **changes) if field.salesforce == name else field

    return replace(mapping, fields=tuple(map(changed, mapping.fields)))


def test_projects_of_one_opportunity_are_planned_and_sent_beside_each_other(desk: Desk) -> None:
    first, second = desk.opportunities(2)
    desk.projects_of([second, first, second, first])

    desk.export()

    assert [line.after["Opportunity__c"] for line in desk.ledger()] == [first, first, second, second]
    made = desk.records(fields="Opportunity__c")  # a later record has a greater id
    assert [record["Opportunity__c"] for record in made] == [first, first, second, second]


@pytest.mark.parametrize("name", ["projects", "opportunity_projects"])
def test_a_repeat_sends_nothing(desk: Desk, name: str) -> None:
    desk.projects(3)
    first = desk.export(name)
    writes = desk.writes()

    second = desk.export(name)

    assert (first.planned, first.ok) == (3, 3)
    assert second.planned == 0
    assert desk.writes() == writes


def test_an_export_without_changes_costs_two_calls(desk: Desk) -> None:
    desk.projects(3)
    desk.export()
    desk.org.control.reset_calls()

    desk.export()

    assert desk.org.control.calls()["api"] == 2


def test_only_the_changed_fields_of_changed_rows_are_sent(desk: Desk) -> None:
    first, second, _ = desk.projects(3)
    desk.export()
    desk.do("UPDATE delivery.projects SET health = 'Red' WHERE id = :id", id=first)
    desk.do("UPDATE delivery.projects SET name = 'Acme, again ' WHERE id = :id", id=second)

    counts = desk.plan(run_id="second")

    assert (counts.planned, counts.rejected, counts.unchanged) == (2, 0, 1)
    assert [(line.row_id, line.before, line.after) for line in desk.ledger("second")] == [
        (first, {"Health__c": None}, {"Health__c": "Red"}),
        (second, {"Project_Title__c": "Acme roll-out"}, {"Project_Title__c": "Acme, again"}),
    ]


def test_a_field_that_the_export_does_not_change_keeps_what_others_wrote(desk: Desk) -> None:
    (opportunity,) = desk.opportunities(1)
    desk.project(opportunity)
    desk.sf.Opportunity.update(opportunity, {"NextStep": "Call"})

    desk.export("opportunity_projects")

    assert desk.sf.Opportunity.get(opportunity)["NextStep"] == "Call"


def test_what_somebody_wrote_over_is_put_back_and_the_ledger_keeps_it(desk: Desk) -> None:
    project = desk.project(health="Green")
    desk.export()
    desk.sf.Delivery_Project__c.update(desk.record(project)["Id"], {"Health__c": "Doubtful"})

    desk.export()

    assert desk.record(project)["Health__c"] == "Green"
    assert (desk.last().before, desk.last().after) == ({"Health__c": "Doubtful"}, {"Health__c": "Green"})


def test_a_value_that_was_emptied_is_emptied_in_the_org(desk: Desk) -> None:
    project = desk.project(health="Green", due_on="2026-06-30", contract_value=5)
    desk.export()

    desk.do("UPDATE delivery.projects SET health = '', due_on = NULL, contract_value = NULL")
    desk.export()

    record = desk.record(project)
    assert (record["Health__c"], record["Due_Date__c"], record["Contract_Value__c"]) == (None, None, None)


def test_a_rejected_row_carries_the_text_of_salesforce_and_its_siblings_are_written(desk: Desk) -> None:
    projects = desk.projects(3)
    desk.do("UPDATE delivery.projects SET lead_email = 'not an address' WHERE id = :id", id=projects[1])

    counts = desk.export()

    assert (counts.planned, counts.ok, counts.rejected) == (3, 2, 1)
    assert [line.state for line in desk.ledger()] == ["ok", "rejected", "ok"]
    refused = desk.ledger()[1]
    assert refused.code == "INVALID_EMAIL_ADDRESS"
    assert refused.message == "Lead Email: invalid email address: not an address [Lead_Email__c]"
    assert refused.settled_at is not None
    assert len(desk.records()) == 2


def test_a_rejected_row_is_planned_again_once_it_is_corrected(desk: Desk) -> None:
    first, _ = desk.projects(2)
    desk.do("UPDATE delivery.projects SET health = :text WHERE id = :id", text=TOO_LONG, id=first)
    desk.export()

    desk.do("UPDATE delivery.projects SET health = 'Green' WHERE id = :id", id=first)
    counts = desk.export()

    assert (counts.planned, counts.ok) == (1, 1)
    assert desk.record(first)["Health__c"] == "Green"


def test_a_record_that_is_locked_is_rejected_and_written_by_the_next_run(desk: Desk) -> None:
    desk.projects(2)
    desk.org.control.order("lock", COLLECTIONS, method="PATCH", records=1)

    first = desk.export()
    second = desk.export()

    assert (first.ok, first.rejected, second.ok) == (1, 1, 1)
    assert desk.ledger()[0].code == "UNABLE_TO_LOCK_ROW"


def test_a_code_without_a_label_is_rejected_before_it_is_sent(desk: Desk) -> None:
    mapping = desk.mapping("projects")
    status = next(f.values for f in mapping.fields if f.values is not None)
    lacking = replace(status, codes=MappingProxyType({k: v for k, v in status.codes.items() if v != "draft"}))
    desk.use(with_field(mapping, "Status__c", values=lacking))
    desk.projects(1)
    planning = desk.project(is_setup_complete=True)

    counts = desk.export()

    assert (counts.planned, counts.ok, counts.rejected) == (2, 1, 1)
    assert [record["Project_ID__c"] for record in desk.records()] == [f"P-{planning:06}"]
    (refused,) = desk.ask("SELECT code, message FROM sync.plan WHERE state = 'rejected'")
    assert refused.code == "NO_LABEL"
    assert "status = 'draft' is not one of the 3 codes of values/project_status.csv" in refused.message


@pytest.mark.parametrize(
    ("planned", "rejected", "fails"),
    [
        pytest.param(12, 10, False, id="ten rows are single rows"),
        pytest.param(13, 11, True, id="eleven of thirteen are not"),
        pytest.param(55, 11, False, id="eleven of 55 are a fifth"),
        pytest.param(54, 11, True, id="eleven of 54 are more than a fifth"),
    ],
)
def test_many_rejected_rows_fail_the_export_and_few_do_not(
    desk: Desk, planned: int, rejected: int, fails: bool
) -> None:
    desk.projects(planned)
    desk.do("UPDATE delivery.projects SET health = :text WHERE id <= :last", text=TOO_LONG, last=rejected)
    desk.plan()
    desk.apply()

    if fails:
        with pytest.raises(RowsRejected, match=f"projects: {rejected} of {planned} planned rows"):
            desk.settle()
    else:
        assert desk.settle().rejected == rejected
    assert len(desk.records()) == planned - rejected


def test_an_opportunity_that_was_deleted_is_skipped_and_not_made_anew(desk: Desk) -> None:
    kept, deleted = desk.opportunities(2)
    desk.project(kept)
    desk.project(deleted)
    desk.sf.Opportunity.delete(deleted)

    counts = desk.export("opportunity_projects")

    assert (counts.ok, counts.skipped) == (1, 1)
    (refused,) = desk.ask("SELECT * FROM sync.plan WHERE state = 'skipped'")
    assert (refused.code, refused.salesforce_id) == ("ENTITY_IS_DELETED", deleted)
    assert len(desk.records("Opportunity", "Id")) == 1


def test_an_opportunity_that_is_deleted_after_the_plan_is_rejected_by_the_org(desk: Desk) -> None:
    kept, deleted = desk.opportunities(2)
    desk.project(kept)
    desk.project(deleted)
    desk.plan("opportunity_projects")
    desk.sf.Opportunity.delete(deleted)

    counts = desk.apply("opportunity_projects")

    assert (counts.ok, counts.rejected) == (1, 1)
    (refused,) = desk.ask("SELECT * FROM sync.plan WHERE state = 'rejected'")
    assert refused.code == "ENTITY_IS_DELETED"


def test_a_project_record_that_was_deleted_is_made_anew_and_the_link_moves(desk: Desk) -> None:
    project = desk.project(health="Green")
    desk.export()
    lost = desk.record(project)["Id"]
    desk.sf.Delivery_Project__c.delete(lost)

    counts = desk.export()

    made = desk.record(project)
    assert (counts.planned, counts.ok) == (1, 1)
    assert made["Id"] != lost
    assert made["Health__c"] == "Green"
    assert (desk.last().salesforce_id, desk.last().before) == (made["Id"], {})
    assert f"The Delivery_Project__c {lost} that the row was linked to is no longer in the org." in desk.last().message


def test_a_record_that_is_there_by_its_external_id_is_taken_and_not_doubled(desk: Desk) -> None:
    project = desk.project(health="Green")
    desk.export()
    there = desk.record(project)["Id"]
    desk.do("UPDATE sync.link SET unlinked_at = now()")
    desk.do("UPDATE delivery.projects SET health = 'Red'")

    desk.export()

    assert desk.record(project)["Id"] == there
    assert [record["Health__c"] for record in desk.records()] == ["Red"]


def test_a_linked_record_whose_external_id_was_changed_is_left_alone(desk: Desk) -> None:
    project = desk.project()
    desk.project()
    desk.export()
    desk.sf.Delivery_Project__c.update(desk.record(project)["Id"], {"Project_ID__c": "P-other"})
    desk.do("UPDATE delivery.projects SET health = 'Red'")

    counts = desk.export()

    assert (counts.ok, counts.rejected) == (1, 1)
    assert len(desk.records()) == 2
    assert desk.record(project)["Health__c"] is None


def test_a_link_that_appears_while_the_export_runs_is_not_overwritten(desk: Desk) -> None:
    desk.projects(2)
    desk.plan()
    desk.do(
        "INSERT INTO sync.link (mapping, table_name, row_id, salesforce_id) "
        "VALUES ('projects', 'delivery.projects', 1, 'a0X000000000001EAA')"
    )

    counts = desk.apply()

    assert (counts.ok, counts.rejected) == (1, 1)
    assert desk.ledger()[0].code == "LINK_CONFLICT"
    assert "but the row is linked to a0X000000000001EAA" in desk.ledger()[0].message
    (row,) = desk.ask("SELECT salesforce_id FROM delivery.projects_current WHERE id = 1")
    assert row.salesforce_id == "a0X000000000001EAA"


def test_a_field_that_the_org_lacks_stops_the_export_before_anything_is_planned(desk: Desk) -> None:
    desk.use(with_field(desk.mapping("projects"), "Health__c", salesforce="Helth__c"))
    desk.project()

    with pytest.raises(MappingFault, match=r"projects.yaml:\d+: .*'Helth__c'"):
        desk.plan()

    assert desk.ledger() == []


def test_a_plan_is_kept_when_its_task_is_repeated(desk: Desk) -> None:
    desk.projects(2)
    desk.plan()
    before = desk.ledger()
    desk.do("UPDATE delivery.projects SET health = 'Red'")

    counts = desk.plan()

    assert (counts.planned, counts.rejected, counts.unchanged) == (2, 0, None)
    assert desk.ledger() == before


def test_what_an_older_run_has_left_unsent_is_skipped_and_says_which_run_replaced_it(desk: Desk) -> None:
    desk.projects(2)
    desk.plan(run_id="old")

    desk.plan(run_id="new")

    assert [(line.state, line.message) for line in desk.ledger("old")] == [
        ("skipped", "Not sent: the run 'new' has planned the export of this object anew.")
    ] * 2
    assert desk.apply(run_id="old").skipped == 2
    assert desk.writes() == 0
    assert desk.apply(run_id="new").ok == 2


def test_one_export_does_not_touch_the_plan_of_another_object(desk: Desk) -> None:
    desk.project()
    desk.plan("opportunity_projects", run_id="old")

    desk.export("projects")

    assert desk.apply("opportunity_projects", run_id="old").ok == 1


def test_Beyond_1_every_planned_row_has_exactly_one_end_state(desk: Desk) -> None:
    opportunities = desk.opportunities(4)
    for opportunity in opportunities:
        desk.project(opportunity)
    desk.sf.Opportunity.delete(opportunities[0])
    desk.do("UPDATE delivery.projects SET health = :text WHERE id = 2", text=TOO_LONG)

    counts = desk.export("opportunity_projects")

    assert counts.planned == counts.ok + counts.rejected + counts.unprocessed + counts.skipped == 4
    assert {line.settled_at is not None for line in desk.ledger()} == {True}


def test_an_end_state_is_never_changed_again(desk: Desk) -> None:
    desk.project()
    desk.export()
    settled = desk.ledger()

    with desk.engine.begin() as connection:
        changed = settle_writes(connection, [Outcome(settled[0].id, "rejected", None, "LATE", "a late answer")])

    assert changed == 0
    assert desk.ledger() == settled


def test_an_export_is_not_finished_while_rows_are_unsent(desk: Desk) -> None:
    desk.projects(2)
    desk.plan()

    with pytest.raises(
        RowsRejected, match=r"(?s)2 of 2 rows that the run 'run' has planned have no end.*`projects.apply`"
    ):
        desk.settle()


def test_an_org_that_goes_away_between_two_calls_costs_only_the_rest(desk: Desk) -> None:
    desk.projects(201)
    desk.plan()
    desk.org.control.order("status", COLLECTIONS, method="PATCH", skip=1, count=None)

    with pytest.raises(OrgUnavailable, match="SERVER_UNAVAILABLE"):
        desk.apply()
    states = [line.state for line in desk.ledger()]
    desk.org.control.clear_faults()
    desk.org.control.reset_calls()
    counts = desk.apply()

    assert (states.count("ok"), states.count("planned")) == (200, 1)
    assert (counts.ok, desk.writes()) == (201, 1)
    assert len(desk.records()) == 201


def test_a_call_whose_answer_was_lost_makes_no_second_record(desk: Desk) -> None:
    desk.projects(3)
    desk.plan()
    desk.org.control.order("reset", COLLECTIONS, method="PATCH", when="after", count=None)

    with pytest.raises(OrgUnavailable, match="no whole answer"):
        desk.apply()
    in_org = len(desk.records())
    desk.org.control.clear_faults()
    counts = desk.apply()

    assert in_org == 3
    assert (counts.ok, len(desk.records())) == (3, 3)
    assert len({row.salesforce_id for row in desk.ask("SELECT salesforce_id FROM delivery.projects_current")}) == 3


def test_an_export_leaves_its_counts_and_one_without_changes_leaves_that_it_succeeded(desk: Desk) -> None:
    desk.projects(3)
    desk.export()
    desk.plan("projects", "quiet")

    runs = desk.ask("SELECT run_id, read, written, rejected FROM sync.run WHERE flow = 'export' ORDER BY finished_at")
    assert [tuple(run) for run in runs] == [("export 1", 3, 3, 0), ("quiet", 0, 0, 0)]
    status = desk.ask("SELECT state, last_run_id, written FROM sync.status WHERE flow = 'export' AND last_run_id <> ''")
    assert [tuple(line) for line in status] == [("ok", "quiet", 3)]


def test_a_run_whose_tasks_are_repeated_after_their_commits_keeps_its_counts(desk: Desk) -> None:
    desk.projects(2)

    for task in (desk.plan, desk.apply, desk.settle, desk.plan, desk.apply, desk.settle):
        task()

    assert desk.plan().planned == 2
    assert [tuple(run) for run in desk.ask("SELECT read, written, unchanged FROM sync.run")] == [(2, 2, 0)]
