"""Records that have not come in: each has a decision, which says what keeps it away."""

from __future__ import annotations

from typing import Any

import pytest

from closedwon.ids import to_id18
from tests.projects.delivery_desk import Desk

DEAL, ACCOUNT, OWNER = to_id18("0065g0000000001"), to_id18("0015g0000000001"), to_id18("0055g0000000001")


def hold(desk: Desk, mapping: str, record: str, field: str = "Amount", **values: Any) -> None:
    """Put a record into quarantine, as a load does."""
    row = {"reason": f"{field} = '-5' is below 0. Correct it in Salesforce.", "table": None, "id": None} | values
    desk.do(
        "INSERT INTO sync.quarantine (mapping, salesforce_id, field, class, reason, system_modstamp, waits_for_table,"
        " waits_for_id, digest, run_id)"
        " VALUES (:mapping, :record, :field, :class, :reason, now(), :table, :id, '', '')",
        mapping=mapping,
        record=record,
        field=field,
        **{"class": "waits_for_parent" if row["id"] else "needs_data"},
        **row,
    )


def release(desk: Desk) -> None:
    desk.do("UPDATE sync.quarantine SET state = 'released', released_at = now()")


def test_Beyond_3_a_record_that_waits_in_quarantine_has_a_decision_with_the_reason(desk: Desk) -> None:
    hold(desk, "opportunities", DEAL)

    (counts,) = desk.run()

    assert (counts.looked_at, counts.quarantined, desk.projects()) == (1, 1, 0)
    assert desk.decision(DEAL).outcome == "quarantined"
    assert desk.decision(DEAL).reason == (
        "It waits in sync.quarantine, so that its StageName is not known here: Amount = '-5' is below 0."
        " Correct it in Salesforce."
    )


@pytest.mark.parametrize(
    ("parents", "reason"),
    [
        pytest.param(
            [{"reason": "Industry = 'Llamas' is unknown. Correct it."}],
            "Industry = 'Llamas' is unknown. Correct it.",
            id="the-account-has-a-fault",
        ),
        pytest.param(
            [{"reason": f"{OWNER} is not here", "table": "crm.users", "id": OWNER}],
            "It is tried again once that record is there.",
            id="the-account-waits-itself",
        ),
        pytest.param([], "It is tried again once that record is there.", id="the-account-is-unknown"),
    ],
)
def test_Beyond_3_a_record_that_waits_for_its_account_names_what_keeps_the_account_away_and_no_id(
    desk: Desk, parents: list[dict[str, Any]], reason: str
) -> None:
    hold(desk, "opportunities", DEAL, "AccountId", reason=f"{ACCOUNT} is not here", table="crm.accounts", id=ACCOUNT)
    for parent in parents:
        hold(desk, "accounts", ACCOUNT, "Industry", **parent)

    desk.run()

    assert desk.decision(DEAL).reason == (
        "It waits in sync.quarantine, so that its StageName is not known here:"
        f" AccountId leads to a record that is not in crm.accounts. {reason}"
    )


def test_a_record_with_several_reasons_has_one_decision(desk: Desk) -> None:
    for field in ("Amount", "CloseDate"):
        hold(desk, "opportunities", DEAL, field)

    (counts,) = desk.run()

    assert (counts.looked_at, len(desk.ask("SELECT FROM sync.decision"))) == (1, 1)


def test_a_record_that_comes_out_of_quarantine_becomes_a_project(desk: Desk) -> None:
    deal = desk.put_opportunity(stage="Prospecting")
    desk.run()
    hold(desk, "opportunities", deal)
    desk.run()
    assert desk.decision(deal).outcome == "quarantined"

    desk.move(deal, "Closed Won")
    release(desk)
    (counts,) = desk.run()

    assert (counts.made, desk.projects(), desk.decision(deal).outcome) == (1, 1, "made")


def test_a_record_that_comes_out_of_quarantine_as_it_was_is_not_picked_again(desk: Desk) -> None:
    deal = desk.put_opportunity(stage="Prospecting")
    hold(desk, "opportunities", deal)
    desk.run()

    release(desk)
    (first,) = desk.run()
    (second,) = desk.run()

    assert (first.not_picked, second.looked_at, desk.decision(deal).outcome) == (1, 0, "not_picked")


@pytest.mark.parametrize("is_deleted", [False, True], ids=["project", "project-deleted-by-the-team"])
def test_a_record_that_had_its_project_keeps_its_decision_in_quarantine_and_after(desk: Desk, is_deleted: bool) -> None:
    deal = desk.put_opportunity()
    desk.run()
    if is_deleted:
        desk.do("DELETE FROM delivery.projects")
    hold(desk, "opportunities", deal)
    desk.run()
    release(desk)

    desk.run()

    assert (desk.projects(), desk.decision(deal).outcome) == (0 if is_deleted else 1, "made")


def test_a_record_that_is_gone_from_the_org_is_no_longer_held_in_quarantine(desk: Desk) -> None:
    hold(desk, "opportunities", DEAL)
    desk.run()

    desk.do("UPDATE sync.quarantine SET state = 'gone'")
    (first,) = desk.run()
    (second,) = desk.run()

    assert (first.not_picked, second.looked_at) == (1, 0)
    assert (desk.decision(DEAL).outcome, desk.decision(DEAL).reason) == ("not_picked", "It is deleted in Salesforce.")


def test_another_objects_quarantine_is_no_matter_of_the_rule(desk: Desk) -> None:
    hold(desk, "contacts", to_id18("0035g0000000001"))

    (counts,) = desk.run()

    assert counts.looked_at == 0


def test_Baton_14_an_unlinked_project_stays_the_only_one_when_its_opportunity_is_unlinked_and_linked_again(
    desk: Desk,
) -> None:
    deal = desk.put_opportunity()
    desk.run()
    desk.do("UPDATE delivery.projects SET source_salesforce_id = NULL")
    desk.do("UPDATE crm.opportunities SET salesforce_id = NULL")
    hold(desk, "opportunities", deal, "Id", reason="It was unlinked.")
    desk.run()
    desk.run()
    assert desk.decision(deal).outcome == "quarantined"
    desk.do("UPDATE crm.opportunities SET salesforce_id = :id", id=deal)
    release(desk)

    (counts,) = desk.run()

    assert (counts.made, counts.exists, desk.projects()) == (0, 1, 1)
    assert desk.decision(deal).reason == (
        "Its project has been deleted or unlinked; the rule won_opportunities makes none until StageName has changed"
        " and come back."
    )


def test_Baton_14_an_opportunity_that_waited_for_its_account_and_then_in_quarantine_becomes_a_project(
    desk: Desk,
) -> None:
    deal = desk.put_opportunity(account_id=None)
    desk.run()
    desk.do("UPDATE crm.opportunities SET salesforce_id = NULL")
    hold(desk, "opportunities", deal)
    desk.run()
    desk.do(
        "UPDATE crm.opportunities SET salesforce_id = :id, account_id = :account", id=deal, account=desk.put_account()
    )
    release(desk)

    (counts,) = desk.run()

    assert counts.made == desk.projects() == 1
