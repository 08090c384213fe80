"""New records that people's own rows are: linked where one row agrees, and left to a person where that is not clear."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import text

from closedwon.counts import Counts
from closedwon.flows import inbound
from closedwon.flows.inbound import RunOptions
from tests.world import MAPPINGS, World

COMPANY = "receive: {match: [[name, street, city, state], [website]]}\n"
PERSON = "receive: {match: [[account_id.name, first_name, last_name], [email]]}\n"

ACME = {"Name": "Acme", "BillingStreet": "1 Main St", "BillingCity": "Springfield", "BillingState": "IL"}
ACME_ROW = {"name": " ACME", "street": "1 main st ", "city": "springfield", "state": "il"}


def to_match(world: World, file: str, section: str) -> None:
    """Have a mapping find its rows, in a copy of the shipped files."""
    if world.mappings == MAPPINGS:
        world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    path = world.mappings / file
    path.write_text(path.read_text().replace("direction: receive\n", f"direction: receive\n{section}", 1))


@pytest.fixture
def matching(world: World) -> World:
    """A world that holds all records of the org, in which accounts and contacts are matched from now on."""
    to_match(world, "accounts.yaml", COMPANY)
    to_match(world, "contacts.yaml", PERSON)
    world.run_import()
    return world


def do(world: World, statement: str, **values: Any) -> None:
    """Run a statement as a person with a SQL client would."""
    with world.engine.begin() as connection:
        connection.execute(text(statement), values)


def add_row(world: World, table: str = "crm.accounts", **values: Any) -> int:
    """Add a row as people do, and return its id."""
    names = ", ".join(values)
    given = ", ".join(f":{name}" for name in values)
    with world.engine.begin() as connection:
        inserted = connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({given}) RETURNING id"), values)
        return int(inserted.scalar_one())


def record_of(world: World, row_id: int, table: str = "crm.accounts") -> str | None:
    return world.one(f"SELECT salesforce_id FROM {table} WHERE id = :row", row=row_id)


def count(world: World, name: str = "acme") -> int:
    return world.one("SELECT count(*) FROM crm.accounts WHERE lower(trim(name)) = :name", name=name)


def candidates(world: World) -> list[tuple[Any, ...]]:
    lines = "SELECT salesforce_id, row_id, other_salesforce_id FROM sync.match_candidate WHERE decided_at IS NULL"
    return [tuple(line) for line in world.rows(f"{lines} ORDER BY 1, 2, 3")]


def decide(world: World, record: str, decision: str, row_id: int | None = None) -> None:
    """Decide as the message says: `link` on one line, `new` on any."""
    of_row = " AND row_id = :row" if row_id is not None else ""
    do(
        world,
        f"UPDATE sync.match_candidate SET decision = :decision WHERE salesforce_id = :record{of_row}",
        decision=decision,
        record=record,
        row=row_id,
    )


def waiting(world: World) -> list[str]:
    return [
        row[0] for row in world.rows("SELECT salesforce_id FROM sync.quarantine WHERE state = 'waiting' ORDER BY 1")
    ]


def test_Autotask_13_a_company_of_the_same_name_and_address_is_not_made_a_second_time(matching: World) -> None:
    row = add_row(matching, **ACME_ROW)
    record = matching.people().create("Account", ACME)

    counts = matching.run_import()["accounts"]

    assert record_of(matching, row) == record
    assert matching.one("SELECT name FROM crm.accounts WHERE id = :row", row=row) == "Acme"
    assert count(matching) == 1
    assert counts == Counts(read=counts.read, written=1, unchanged=counts.read - 1)


@pytest.mark.parametrize("differs", ["Name", "BillingStreet", "BillingCity", "BillingState"])
def test_Autotask_13_a_company_of_another_name_or_address_is_another_one(matching: World, differs: str) -> None:
    row = add_row(matching, **ACME_ROW)
    record = matching.people().create("Account", ACME | {differs: "Other"})

    matching.run_import()

    assert record_of(matching, row) is None
    assert matching.one("SELECT count(*) FROM crm.accounts WHERE salesforce_id = :record", record=record) == 1


def test_Autotask_13_a_company_that_another_record_has_is_not_made_a_second_time(matching: World) -> None:
    first = matching.people().create("Account", ACME)
    matching.run_import()
    matching.org.control.shift_clock(7200)
    matching.people().create("Account", {"Name": "Later"})
    matching.run_import()  # the next window begins after the first, which is staged no more
    second = matching.people().create("Account", ACME)

    counts = matching.run_import()["accounts"]

    (row,) = matching.rows("SELECT id FROM crm.accounts WHERE salesforce_id = :first", first=first)
    assert counts.rejected == 1
    assert count(matching) == 1
    assert candidates(matching) == [(second, row.id, first)]


def test_Autotask_14_a_contact_of_the_same_company_and_name_is_not_made_a_second_time(matching: World) -> None:
    org = matching.people()
    account = org.create("Account", {"Name": "Acme"})
    own_account = add_row(matching, name="acme ")
    row = add_row(matching, "crm.contacts", account_id=own_account, first_name="ADA", last_name="Lovelace")
    contact = org.create("Contact", {"FirstName": "Ada", "LastName": "lovelace", "AccountId": account})

    matching.run_import()

    assert record_of(matching, row, "crm.contacts") == contact
    assert matching.one("SELECT count(*) FROM crm.contacts WHERE last_name = 'lovelace'") == 1


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"first_name": "Ada", "last_name": "Byron"}, id="another-name"),
        pytest.param({"first_name": "Ada", "last_name": "Lovelace", "account_id": None}, id="no-company"),
    ],
)
def test_Autotask_14_a_contact_of_another_company_or_name_is_another_one(matching: World, row: dict[str, Any]) -> None:
    org = matching.people()
    account = org.create("Account", {"Name": "Acme"})
    own = add_row(matching, "crm.contacts", **{"account_id": add_row(matching, name="Acme")} | row)
    org.create("Contact", {"FirstName": "Ada", "LastName": "Lovelace", "AccountId": account})

    matching.run_import()

    assert record_of(matching, own, "crm.contacts") is None
    assert matching.one("SELECT count(*) FROM crm.contacts WHERE last_name = 'Lovelace' AND id <> :own", own=own) == 1


def test_the_second_list_is_asked_where_nothing_agrees_by_the_first(matching: World) -> None:
    by_address = add_row(matching, **ACME_ROW)
    by_website = [add_row(matching, name="Other", website=website) for website in ("acme.example", "later.example")]
    org = matching.people()
    first = org.create("Account", ACME | {"Website": "ACME.example"})
    second = org.create("Account", {"Name": "Later", "Website": "Later.EXAMPLE "})

    matching.run_import()

    assert [record_of(matching, row) for row in (by_address, *by_website)] == [first, None, second]


def test_letters_beyond_ascii_and_blanks_of_all_kinds_do_not_count(matching: World) -> None:
    row = add_row(matching, name="\u00a0ÉTÉ Zürich\t")
    record = matching.people().create("Account", {"Name": "été ZÜRICH"})

    matching.run_import()

    assert record_of(matching, row) == record


def test_a_list_of_which_all_values_are_empty_matches_nothing(matching: World) -> None:
    row = add_row(matching, name="  ", website="")

    record = matching.people().create("Account", {"Name": "."})
    do(matching, "UPDATE crm.accounts SET name = NULL WHERE salesforce_id IS NULL")
    matching.run_import()

    assert record_of(matching, row) is None
    assert matching.one("SELECT count(*) FROM crm.accounts WHERE salesforce_id = :record", record=record) == 1


def test_Beyond_12_of_several_rows_none_is_guessed_and_a_person_decides(matching: World) -> None:
    rows = [add_row(matching, **ACME_ROW), add_row(matching, **ACME_ROW | {"website": "acme.example"})]
    record = matching.people().create("Account", ACME)

    assert matching.run_import()["accounts"].rejected == 1
    assert candidates(matching) == [(record, rows[0], None), (record, rows[1], None)]
    kind, subject, remedy = matching.one("SELECT kind, subject, remedy FROM sync.attention")
    assert (kind, subject) == ("match", record)
    assert f"salesforce_id = '{record}'" in remedy
    assert f"Rows: {rows[0]}, {rows[1]}." in remedy
    (reason,) = matching.one("SELECT array_agg(reason) FROM sync.quarantine WHERE state = 'waiting'")
    assert f"agrees in name, street, city, state with row {rows[0]} of crm.accounts, which is not linked." in reason
    assert matching.run_import() == {}

    decide(matching, record, "link", rows[1])
    assert matching.run_import()["accounts"].written == 1

    assert [record_of(matching, row) for row in rows] == [None, record]
    assert matching.one("SELECT name FROM crm.accounts WHERE id = :row", row=rows[1]) == "Acme"
    assert (candidates(matching), waiting(matching)) == ([], [])
    assert matching.one("SELECT count(*) FROM sync.match_candidate WHERE decided_at IS NOT NULL") == 1
    assert matching.run_import() == {}


def test_Beyond_12_a_record_that_is_decided_to_be_new_gets_a_row_of_its_own(matching: World) -> None:
    rows = [add_row(matching, **ACME_ROW), add_row(matching, **ACME_ROW)]
    record = matching.people().create("Account", ACME)
    matching.run_import()

    decide(matching, record, "new")
    matching.run_import()

    assert [record_of(matching, row) for row in rows] == [None, None]
    assert count(matching) == 3
    assert matching.run_import(mode="full")["accounts"].written == 0
    assert count(matching) == 3


def test_Beyond_12_new_records_that_agree_with_each_other_wait_and_each_is_decided(matching: World) -> None:
    org = matching.people()
    one, two, three = (org.create("Account", ACME) for _ in range(3))
    matching.run_import()
    assert (count(matching), waiting(matching)) == (0, [one, two, three])

    decide(matching, one, "new")
    org.delete("Account", three)
    matching.run_import()
    assert matching.run_import()["accounts"].rejected == 1

    row = matching.one("SELECT id FROM crm.accounts WHERE salesforce_id = :one", one=one)
    assert candidates(matching) == [(two, row, one)]
    org.update("Account", two, {"BillingCity": "Shelbyville"})
    matching.run_import()
    assert (candidates(matching), waiting(matching)) == ([], [])
    assert matching.one("SELECT count(*) FROM crm.accounts WHERE NOT is_deleted AND name = 'Acme'") == 2


def test_several_new_records_that_agree_with_one_row_wait_for_a_person(matching: World) -> None:
    row = add_row(matching, **ACME_ROW, website="acme.example")
    org = matching.people()
    by_address = org.create("Account", ACME)
    by_website = org.create("Account", {"Name": "Other", "Website": "acme.example"})

    matching.run_import()

    assert record_of(matching, row) is None
    assert candidates(matching) == [(by_address, row, None), (by_website, row, None)]


@pytest.mark.parametrize("removed", ["deleted", "linked"])
def test_candidates_of_which_one_is_left_resolve_at_the_next_run(matching: World, removed: str) -> None:
    kept, other = add_row(matching, **ACME_ROW), add_row(matching, **ACME_ROW)
    record = matching.people().create("Account", ACME)
    elsewhere = matching.people().create("Account", {"Name": "Elsewhere", "BillingCity": "Elsewhere"})
    matching.run_import()
    do(matching, "DELETE FROM crm.accounts WHERE salesforce_id = :record", record=elsewhere)
    if removed == "deleted":
        do(matching, "DELETE FROM crm.accounts WHERE id = :row", row=other)
    else:
        do(matching, "UPDATE crm.accounts SET salesforce_id = :it WHERE id = :row", it=elsewhere, row=other)

    matching.run_import(mode="full")

    assert record_of(matching, kept) == record
    assert (candidates(matching), waiting(matching)) == ([], [])


@pytest.mark.parametrize("meanwhile", ["gone", "linked", "contradicted"])
def test_a_decision_that_cannot_be_carried_out_is_told_again(matching: World, meanwhile: str) -> None:
    rows = [add_row(matching, **ACME_ROW), add_row(matching, **ACME_ROW)]
    org = matching.people()
    globex = matching.one("SELECT salesforce_id FROM crm.accounts WHERE name = 'Globex'")
    record = org.create("Account", ACME)
    matching.run_import()
    decide(matching, record, "link", rows[1])
    if meanwhile == "gone":
        do(matching, "DELETE FROM crm.accounts WHERE id = :row", row=rows[1])
    elif meanwhile == "linked":
        do(matching, "UPDATE crm.accounts SET salesforce_id = NULL WHERE salesforce_id = :it", it=globex)
        do(matching, "UPDATE crm.accounts SET salesforce_id = :it WHERE id = :row", it=globex, row=rows[1])
    else:
        decide(matching, record, "link", rows[0])
    matching.run_import()

    told = "which is gone" if meanwhile == "gone" else f"is linked to {globex}: clear its salesforce_id first"
    told = "Several decisions were written" if meanwhile == "contradicted" else told
    assert record_of(matching, rows[0]) is None
    assert waiting(matching) == [record]
    assert told in matching.one("SELECT reason FROM sync.quarantine WHERE state = 'waiting'")
    assert matching.one("SELECT count(*) FROM sync.match_candidate WHERE decision IS NOT NULL") == 0
    matching.run_import()
    assert record_of(matching, rows[0]) is None

    decide(matching, record, "link", rows[0])
    matching.run_import()
    assert record_of(matching, rows[0]) == record
    assert (candidates(matching), waiting(matching)) == ([], [])


def test_Planhat_47_records_that_are_read_again_are_updated_and_make_no_second_row(matching: World) -> None:
    row = add_row(matching, **ACME_ROW)
    matching.people().create("Account", ACME)
    matching.run_import()
    rows = matching.rows("SELECT id, salesforce_id FROM crm.accounts ORDER BY id")
    matching.people().update("Account", record_of(matching, row), {"Phone": "555-0100"})

    counts = matching.run_import(mode="full")["accounts"]

    assert (counts.written, counts.rejected) == (1, 0)
    assert matching.rows("SELECT id, salesforce_id FROM crm.accounts ORDER BY id") == rows
    assert matching.one("SELECT phone FROM crm.accounts WHERE id = :row", row=row) == "555-0100"


@pytest.fixture
def unlinked(matching: World) -> tuple[World, int, str]:
    """A row that was matched, and that a person has unlinked since; its record."""
    row = add_row(matching, **ACME_ROW)
    record = matching.people().create("Account", ACME)
    matching.run_import()
    do(matching, "UPDATE crm.accounts SET salesforce_id = NULL WHERE id = :row", row=row)
    matching.people().update("Account", record, {"Phone": "555-0100"})
    matching.run_import(mode="full")
    return matching, row, record


def test_Autotask_24_a_row_that_was_matched_is_unlinked_and_stays(unlinked: tuple[World, int, str]) -> None:
    world, row, _ = unlinked
    assert world.rows("SELECT salesforce_id, phone FROM crm.accounts WHERE id = :row", row=row) == [(None, None)]


def test_Autotask_25_an_unlinked_row_is_not_matched_again_by_itself(unlinked: tuple[World, int, str]) -> None:
    world, row, record = unlinked
    assert (record_of(world, row), count(world), waiting(world)) == (None, 1, [record])
    reason = world.one("SELECT reason FROM sync.quarantine WHERE state = 'waiting'")
    assert reason.startswith(f"It was unlinked from row {row} of crm.accounts")

    twin = world.people().create("Account", ACME)
    world.run_import()
    assert record_of(world, row) is None
    assert (twin, row, None) in candidates(world)

    decide(world, record, "new")
    decide(world, twin, "link", row)
    world.run_import()
    assert record_of(world, row) == twin
    assert world.one("SELECT count(*) FROM crm.accounts WHERE salesforce_id = :record", record=record) == 1


def test_an_older_run_that_is_cleared_links_nothing_against_a_later_reading(matching: World) -> None:
    row = add_row(matching, **ACME_ROW)
    org = matching.people()
    record = org.create("Account", ACME)
    sf = matching.login()
    expected = matching.run_probe("older", sf)
    mapping, batches = matching.catalog.mapping("accounts"), matching.batches("older", "accounts")
    extracted = inbound.extract(
        matching.engine, sf, mapping, batches, expected["accounts"], RunOptions(), run_id="older"
    )
    matching.org.control.shift_clock(60)
    add_row(matching, name="Globex North", website="globex.example")
    add_row(matching, name="Globex South", website="globex.example")
    org.update("Account", record, {"Name": "Globex", "Website": "globex.example"})
    matching.run_import()
    before = candidates(matching)

    matching.transform_and_load("accounts", extracted, "older")

    assert record_of(matching, row) is None
    assert len(before) == 2
    assert (candidates(matching), waiting(matching)) == (before, [record])


def test_ambiguous_records_stop_no_run_however_many_they_are(matching: World) -> None:
    rows = [{"Name": f"Twin {n // 2}", "BillingCity": "Springfield"} for n in range(40)]
    matching.org.org.insert_many("Account", iter(rows))

    assert matching.run_import()["accounts"].rejected == 40


def test_a_match_is_made_once_however_often_the_load_is_killed_or_cleared(matching: World) -> None:
    row = add_row(matching, **ACME_ROW)
    record = matching.people().create("Account", ACME)
    matching.run_import("the run")
    counts = matching.load(
        "accounts",
        matching.one("SELECT read FROM sync.run WHERE run_id = 'the run' AND mapping = 'accounts'"),
        "the run",
    )

    assert (record_of(matching, row), count(matching), counts.written) == (record, 1, 1)
    assert matching.one("SELECT count(*) FROM sync.match_candidate") == 0
