"""Links that people write by hand: ids are brought to one form where they are written, or refused with words."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DataError

from tests.projects.delivery_desk import Desk

ID18 = "0065g00000AbCdEAAV"
ID15 = "0065g00000AbCdE"

LINK_PROJECT = (
    "INSERT INTO delivery.projects (source_sobject, source_salesforce_id, name, lead_email)"
    " VALUES ('Opportunity', :id, 'Ours', 'me@example.com')"
)
LINK_RECORD = (
    "INSERT INTO sync.link (mapping, table_name, row_id, salesforce_id)"
    " VALUES ('projects', 'delivery.projects', 1, :id)"
)

WAYS_TO_WRITE_IT = [
    pytest.param(ID18, id="as-it-is"),
    pytest.param(ID15, id="15-characters"),
    pytest.param(f" {ID15}\n", id="15-characters-and-blanks"),
    pytest.param(f"{ID18}   ", id="blanks"),
    pytest.param(ID18.lower(), id="small-letters"),
    pytest.param(ID18.upper(), id="capitals"),
    pytest.param(ID18.swapcase(), id="the-other-case"),
    pytest.param(f"{ID15.lower()}AAV", id="small-letters-before-the-checksum"),
]


@pytest.mark.parametrize("typed", WAYS_TO_WRITE_IT)
def test_Baton_21_a_project_that_is_linked_by_hand_is_seen_however_the_id_is_typed(desk: Desk, typed: str) -> None:
    desk.put_opportunity()
    desk.do("UPDATE crm.opportunities SET salesforce_id = :id", id=ID18)
    desk.do(LINK_PROJECT, id=typed)

    (counts,) = desk.run()

    assert (counts.made, counts.exists, desk.projects()) == (0, 1, 1)
    assert desk.project().source_salesforce_id == desk.project().opportunity_salesforce_id == ID18


@pytest.mark.parametrize("typed", WAYS_TO_WRITE_IT)
def test_a_record_link_that_is_written_by_hand_has_one_form(desk: Desk, typed: str) -> None:
    desk.do(LINK_PROJECT, id=None)

    desk.do(LINK_RECORD, id=typed)

    assert desk.project().salesforce_id == ID18


def test_a_link_that_is_changed_by_hand_has_one_form_too(desk: Desk) -> None:
    desk.do(LINK_PROJECT, id=None)
    desk.do(LINK_RECORD, id="0065g0000000000AAA")

    desk.do("UPDATE delivery.projects SET source_salesforce_id = :id, name = 'Renamed'", id=ID15)
    desk.do("UPDATE sync.link SET salesforce_id = :id", id=ID15)

    project = desk.project()
    assert (project.source_salesforce_id, project.salesforce_id, project.name) == (ID18, ID18, "Renamed")


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_a_project_without_a_source_has_none(desk: Desk, empty: str | None) -> None:
    desk.do(LINK_PROJECT, id=empty)

    assert desk.project().source_salesforce_id is None


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("Acme", id="a-name"),
        pytest.param("0065g00000AbCd", id="14-characters"),
        pytest.param("0065g00000AbCd-", id="another-sign"),
        pytest.param("0065g00000AbCdEA", id="16-characters"),
        pytest.param("0065g00000AbCdEAA9", id="no-checksum"),
        pytest.param("0065g00000AbCdEBAV", id="a-checksum-that-makes-a-digit-a-capital"),
        pytest.param("006 5g00000AbCdE", id="a-blank-within"),
    ],
)
@pytest.mark.parametrize("statement", [LINK_PROJECT, LINK_RECORD], ids=["project", "link"])
def test_what_is_no_id_is_refused_with_what_was_seen_and_what_to_do(desk: Desk, statement: str, typed: str) -> None:
    with pytest.raises(DataError, match=f"salesforce_id = '{typed} *' is not a Salesforce id") as refused:
        desk.do(statement, id=typed)

    assert "Copy the id again" in str(refused.value)
