"""What an export plans for each row, by what the org holds of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from closedwon.mapping.model import Field, Key, Mapping, Send
from closedwon.transform.export_plan import plan_writes

FIELDS = (Field("Name", "name", "text", "send"), Field("Phase__c", "phase", "text", "send"))
UPSERT, UPDATE = Key("Code__c", "code"), Key("Id", "opportunity_id")
NO_REJECTS = pd.DataFrame(columns=["field", "value", "code", "message"])


def plan(
    ours: dict[str, tuple[str | None, str | None]],
    theirs: dict[str, tuple[str, str | None, str | None]],
    *,
    links: dict[str, str] | None = None,
    key: Key = UPSERT,
    rejects: pd.DataFrame = NO_REJECTS,
) -> list[dict[str, Any]]:
    """The plan's lines.

    Args:
        ours: name and phase by record key.
        theirs: key, name and phase by the record's id.
        links: the record's id by record key, where one is known.
    """
    keys, links = list(ours), links or {}
    mapping = Mapping("projects", "projects.yaml", "Project__c", "delivery.projects", "send", FIELDS, send=Send(key))
    rows = pd.DataFrame(
        {"row_id": range(1, len(keys) + 1), "record_key": keys, "record_id": [links.get(k) for k in keys]}, dtype=object
    )
    payload = pd.DataFrame(list(ours.values()), columns=["Name", "Phase__c"], dtype=object)
    held = pd.DataFrame(
        list(theirs.values()), index=list(theirs), columns=[key.salesforce, "Name", "Phase__c"], dtype=object
    )
    return plan_writes(rows, payload, rejects, held, mapping, key).to_dict("records")


def test_only_changed_fields_are_planned_with_before_and_after() -> None:
    (line,) = plan({"P-1": ("Roll-out", "Build")}, {"a01": ("P-1", "Roll-out", "Plan")}, links={"P-1": "a01"})

    assert (line["before"], line["after"]) == ({"Phase__c": "Plan"}, {"Phase__c": "Build"})
    assert (line["state"], line["operation"], line["record_key"], line["salesforce_id"]) == (
        "planned",
        "upsert",
        "P-1",
        "a01",
    )


def test_a_row_that_is_like_its_record_is_not_planned() -> None:
    assert plan({"P-1": ("Roll-out", None)}, {"a01": ("P-1", "Roll-out", None)}, links={"P-1": "a01"}) == []


def test_a_value_that_was_emptied_is_planned_as_null() -> None:
    (line,) = plan({"P-1": ("Roll-out", None)}, {"a01": ("P-1", "Roll-out", "Plan")}, links={"P-1": "a01"})

    assert (line["before"], line["after"]) == ({"Phase__c": "Plan"}, {"Phase__c": None})


def test_a_row_without_a_record_is_planned_whole_and_has_no_before() -> None:
    (line,) = plan({"P-1": ("Roll-out", None)}, {})

    assert (line["before"], line["after"]) == ({}, {"Name": "Roll-out"})
    assert (line["state"], line["salesforce_id"], line["message"]) == ("planned", None, None)


def test_a_row_without_any_value_still_becomes_a_record() -> None:
    (line,) = plan({"P-1": (None, None)}, {})

    assert (line["state"], line["after"]) == ("planned", {})


def test_an_update_of_a_record_that_is_gone_is_skipped_with_what_can_be_done() -> None:
    (line,) = plan({"006A": ("Roll-out", "Build")}, {}, links={"006A": "006A"}, key=UPDATE)

    assert (line["state"], line["code"], line["after"]) == ("skipped", "ENTITY_IS_DELETED", {})
    assert "Row 1 of delivery.projects was not sent: its Project__c 006A is not in the org" in line["message"]
    assert line["message"].endswith(
        "Restore it there, or give the row another record or none: set opportunity_id of row 1 in delivery.projects to "
        "its id or to NULL."
    )


def test_an_upsert_of_a_record_that_is_gone_makes_a_new_one_and_says_so() -> None:
    (line,) = plan({"P-1": ("Roll-out", "Build")}, {}, links={"P-1": "a01"})

    assert (line["state"], line["before"]) == ("planned", {})
    assert line["after"] == {"Name": "Roll-out", "Phase__c": "Build"}
    assert line["message"] == (
        "The Project__c a01 that the row was linked to is no longer in the org. "
        "The upsert makes a new record, and the link moves to it."
    )


def test_a_linked_record_with_another_external_id_is_left_alone() -> None:
    (line,) = plan({"P-1": ("Roll-out", "Build")}, {"a01": ("P-9", "Roll-out", "Plan")}, links={"P-1": "a01"})

    assert (line["state"], line["code"], line["before"], line["after"]) == ("rejected", "EXTERNAL_ID_DIFFERS", {}, {})
    assert "linked to the Project__c a01, whose Code__c is 'P-9' and not 'P-1'" in line["message"]


def test_a_row_that_could_not_be_mapped_is_rejected_once_with_all_its_reasons() -> None:
    rejects = pd.DataFrame(
        {"field": ["Name", "Phase__c"], "value": ["x", "y"], "code": "NO_LABEL", "message": ["one", "two"]},
        index=[0, 0],
    )

    lines = plan({"P-1": (None, None), "P-2": ("Other", None)}, {}, rejects=rejects)

    assert [(line["record_key"], line["state"], line["code"]) for line in lines] == [
        ("P-1", "rejected", "NO_LABEL"),
        ("P-2", "planned", None),
    ]
    assert (lines[0]["message"], lines[0]["after"]) == ("one\ntwo", {})


def test_a_row_that_could_not_be_mapped_and_whose_record_is_gone_is_rejected_once() -> None:
    rejects = pd.DataFrame(
        {"field": ["Phase__c"], "value": ["x"], "code": "NO_LABEL", "message": ["no label"]}, index=[0]
    )

    (line,) = plan({"006A": ("Roll-out", None)}, {}, links={"006A": "006A"}, key=UPDATE, rejects=rejects)

    assert (line["state"], line["code"], line["message"]) == ("rejected", "NO_LABEL", "no label")


def test_nothing_to_send_makes_an_empty_plan() -> None:
    assert plan({}, {}) == []


_texts = st.one_of(st.none(), st.sampled_from(["a", "b", "ü"]))


@given(st.dictionaries(st.sampled_from("ABCDEFGH"), st.tuples(st.tuples(_texts, _texts), st.tuples(_texts, _texts))))
def test_what_is_planned_makes_the_org_like_the_warehouse_and_nothing_more(cases: dict[str, Any]) -> None:
    ours = {key: mine for key, (mine, _) in cases.items()}
    theirs = {f"id-{key}": (key, *held) for key, (_, held) in cases.items()}
    links = {key: f"id-{key}" for key in cases}

    lines = plan(ours, theirs, links=links)

    for line in lines:
        _, name, phase = theirs[line["salesforce_id"]]
        assert line["after"].keys() == line["before"].keys() != set()
        assert all({"Name": name, "Phase__c": phase}[field] == value for field, value in line["before"].items())
        written = {"Name": name, "Phase__c": phase} | line["after"]
        theirs[line["salesforce_id"]] = (line["record_key"], written["Name"], written["Phase__c"])
    assert theirs == {f"id-{key}": (key, *values) for key, values in ours.items()}
    assert plan(ours, theirs, links=links) == []
