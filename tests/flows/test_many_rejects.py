"""Many rejects fail the task and nothing is committed; whoever follows the message gets out of it."""

from __future__ import annotations

import re

import pytest

from closedwon.errors import BatchRejected
from closedwon.flows import inbound
from tests.world import World


def make_accounts(world: World, number: int, *, name: str = "Farm", **values: object) -> list[str]:
    """Make accounts in the org, without the mapping's own value map being asked, and return their ids."""
    org = world.people()
    return [org.create("Account", {"Name": f"{name} {n}", **values}) for n in range(number)]


def waiting(world: World) -> int:
    return world.one("SELECT count(*) FROM sync.quarantine WHERE state = 'waiting'")


def add_label(world: World, label: str) -> None:
    with (world.mappings / "values" / "industry.csv").open("a", encoding="utf-8") as file:
        file.write(f"{label},{label.lower()}\n")


def test_many_accounts_with_an_unmapped_label_fail_the_load_and_nothing_of_it_is_committed(world: World) -> None:
    world.without_fallbacks()
    make_accounts(world, 40, Industry="Llamas")
    (example, *_) = sorted(make_accounts(world, 21, name="Field", Industry="Alpacas"))

    with pytest.raises(BatchRejected) as refused:
        world.run_import(objects=["users", "accounts"])

    message = str(refused.value)
    assert "61 of 64 records of Account cannot be written" in message
    assert "- 40 records, such as 001" in message
    assert re.search(f"- 21 records, such as {example}: Industry = 'Alpacas' is not one of the", message)
    assert message.index("Llamas") < message.index("Alpacas")
    assert world.one("SELECT count(*) FROM crm.accounts") == 0
    assert world.rows("SELECT * FROM sync.quarantine") == []
    assert world.rows("SELECT * FROM sync.watermark WHERE mapping = 'accounts'") == []


@pytest.mark.parametrize(
    ("rejected", "of", "fails"),
    [
        pytest.param(10, 13, False, id="ten records are single records"),
        pytest.param(11, 14, True, id="eleven of fourteen are not"),
        pytest.param(11, 55, False, id="eleven of 55 are a fifth"),
        pytest.param(11, 54, True, id="eleven of 54 are more than a fifth"),
    ],
)
def test_more_than_ten_records_and_a_fifth_of_them_fail_the_load_and_fewer_do_not(
    world: World, rejected: int, of: int, fails: bool
) -> None:
    world.without_fallbacks()
    make_accounts(world, rejected, Industry="Llamas")
    make_accounts(world, of - rejected - 3, name="Sound")  # three are there

    if fails:
        with pytest.raises(BatchRejected, match=f"{rejected} of {of} records of Account"):
            world.run_import(objects=["users", "accounts"])
    else:
        assert world.run_import(objects=["users", "accounts"])["accounts"].rejected == rejected
    assert waiting(world) == (0 if fails else rejected)


def test_labels_that_are_added_let_the_records_in_when_transform_is_cleared(world: World) -> None:
    world.without_fallbacks()
    make_accounts(world, 12, Industry="Llamas")
    with pytest.raises(BatchRejected, match=r"clear the task `accounts\.transform` and those after it"):
        world.run_import("the run", objects=["users", "accounts"])
    add_label(world, "Llamas")

    mapping, batches = world.catalog.mapping("accounts"), world.batches("the run", "accounts")
    made = inbound.transform(mapping, batches, 15)
    valid = inbound.validate(mapping, batches, made)
    counts = inbound.load(world.engine, mapping, batches, valid, run_id="the run")

    assert (counts.written, counts.rejected) == (15, 0)


def test_records_that_are_corrected_in_salesforce_come_with_the_next_run(world: World) -> None:
    world.without_fallbacks()
    ids = make_accounts(world, 12, Industry="Llamas")
    with pytest.raises(BatchRejected, match="the next run of the same mode reads all of them"):
        world.run_import(objects=["users", "accounts"])
    for record_id in ids:
        world.people().update("Account", record_id, {"Industry": "Banking"})

    world.run_import()

    assert world.is_in_parity()


def test_contacts_that_are_imported_before_their_accounts_fail_and_come_in_with_them(world: World) -> None:
    (account,) = make_accounts(world, 1)
    for number in range(12):
        world.people().create("Contact", {"LastName": f"Herder {number}", "AccountId": account})

    with pytest.raises(BatchRejected, match=r"15 of 16 records(.|\n)*Contact.AccountId = '...' is no record that crm"):
        world.run_import(objects=["users", "contacts"])
    assert world.one("SELECT count(*) FROM crm.contacts") == 0
    assert waiting(world) == 0
    world.run_import()

    assert world.is_in_parity()


def test_what_the_mapping_the_suite_and_missing_parents_reject_counts_together(world: World) -> None:
    (account,) = make_accounts(world, 1)
    org, deal = world.people(), {"StageName": "Closed Won", "CloseDate": "2026-12-31", "NextStep": "Call"}
    for number in range(4):
        org.create("Opportunity", deal | {"Name": f"Orphan {number}", "AccountId": account})
        org.create("Opportunity", deal | {"Name": f"Refund {number}", "Amount": -5})
        org.create("Opportunity", deal | {"Name": f"Idle {number}", "NextStep": None})
        org.create("Opportunity", deal | {"Name": f"Sound {number}"})
    world.without_fallbacks()
    file = world.mappings / "opportunities.yaml"
    next_step = "column: next_step,           type: text,"
    assert next_step in file.read_text()
    file.write_text(file.read_text().replace(next_step, f"{next_step} required: true,"))

    with pytest.raises(BatchRejected, match="15 of 19 records"):
        world.run_import(objects=["users", "opportunities"])


def test_a_message_shows_no_value_that_may_be_personal(world: World) -> None:
    world.without_fallbacks()
    suite = "- {expect: column_values_to_match_regex, column: first_name, regex: '^[A-Z]'}\n"
    (world.mappings / "suites" / "contacts.yaml").write_text(suite)
    for number in range(11):
        world.people().create("Contact", {"LastName": f"Doe {number}", "FirstName": f"jane {number}"})

    with pytest.raises(BatchRejected, match=r"11 records, such as 003\w+: FirstName = '...', but expected") as refused:
        world.run_import()

    assert "jane" not in str(refused.value)


def test_a_retry_of_many_records_in_quarantine_stops_no_run(world: World) -> None:
    world.without_fallbacks()
    make_accounts(world, 60)
    make_accounts(world, 12, name="Herd", Industry="Llamas")
    assert world.run_import()["accounts"].rejected == 12
    world.org.control.shift_clock(7200)
    make_accounts(world, 1, name="Later")
    world.run_import()  # the next window begins after all of the others
    make_accounts(world, 1, name="New")
    add_label(world, "Alpacas")

    counts = world.run_import()["accounts"]

    assert (counts.read, counts.written, counts.rejected) == (14, 1, 12)
    assert waiting(world) == 12


def test_a_retry_of_many_records_in_quarantine_hides_no_fault_of_new_ones(world: World) -> None:
    world.without_fallbacks()
    world.org.org.insert_many("Account", ({"Name": f"Sound {number}"} for number in range(180)))
    world.org.org.insert_many("Account", ({"Name": f"Herd {n}", "Industry": "Llamas"} for n in range(44)))
    assert world.run_import()["accounts"].rejected == 44
    world.org.control.shift_clock(7200)
    make_accounts(world, 1, name="Later")
    world.run_import()  # the next window begins after all of the others
    make_accounts(world, 11, Industry="Vicunas")
    add_label(world, "Alpacas")

    with pytest.raises(BatchRejected, match="11 of 12 records of Account cannot be written"):
        world.run_import()


def test_one_parent_in_quarantine_does_not_keep_the_other_children_out(world: World) -> None:
    world.without_fallbacks()
    (account,) = make_accounts(world, 1, Industry="Llamas")
    for number in range(12):
        world.people().create("Contact", {"LastName": f"Herder {number}", "AccountId": account})

    counts = world.run_import()["contacts"]

    assert (counts.written, counts.rejected) == (4, 12)


def test_records_that_people_have_unlinked_stop_no_run_however_many_they_are(world: World) -> None:
    make_accounts(world, 12)
    world.run_import()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE crm.accounts SET salesforce_id = NULL WHERE starts_with(name, 'Farm')")

    counts = world.run_import(mode="full")["accounts"]

    assert (counts.read, counts.unchanged, counts.rejected) == (15, 3, 12)
