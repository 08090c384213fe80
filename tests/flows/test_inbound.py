"""The import on running parts: what becomes of each record, whatever happens in the org meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import text

from closedwon.counts import Counts
from closedwon.flows import inbound
from closedwon.flows.inbound import RunOptions
from closedwon.warehouse.transaction import transaction
from tests.world import MAPPINGS, World


def test_the_first_import_brings_every_record(world: World) -> None:
    counts = world.run_import()
    assert counts["accounts"] == Counts(read=3, written=3)
    assert counts["contacts"] == Counts(read=4, written=4)
    assert counts["opportunities"] == Counts(read=3, written=3)
    assert world.is_in_parity()


def test_text_arrives_as_it_is(world: World) -> None:
    world.run_import()
    assert world.one("SELECT postal_code FROM crm.accounts WHERE name = 'Acme \"Best\" Ltd'") == "00123"
    assert world.one("SELECT street FROM crm.contacts WHERE last_name = 'Zoë 🎉'") == "1 Main St\nFloor 2"


def test_a_line_break_of_whatever_kind_ends_no_record(world: World) -> None:
    text = "Mac\rUnix\nWindows\r\nend"
    world.people().create("Account", {"Name": "Breaks", "Description": text})
    world.run_import()
    assert world.one("SELECT description FROM crm.accounts WHERE name = 'Breaks'") == text


def test_a_contact_points_to_its_accounts_row(world: World) -> None:
    world.run_import()
    pairs = "SELECT a.name FROM crm.contacts c JOIN crm.accounts a ON a.id = c.account_id WHERE c.last_name = 'Ito'"
    assert world.one(pairs) == 'Acme "Best" Ltd'


def test_Beyond_17_an_import_without_a_change_costs_one_api_call_and_names_no_object(world: World) -> None:
    world.run_import()
    sf = world.login()
    world.org.control.reset_calls()
    assert world.run_import(sf=sf) == {}
    assert world.org.control.calls()["api"] == 1


def test_an_incremental_import_writes_only_what_changed(world: World) -> None:
    world.run_import()
    org = world.people()
    (account,) = org.query("SELECT Id FROM Account WHERE Name = 'Globex'")
    org.update("Account", account["Id"], {"Phone": "555-0100"})
    counts = world.run_import()
    assert set(counts) == {"accounts"}
    assert counts["accounts"].written == 1
    assert world.one("SELECT phone FROM crm.accounts WHERE name = 'Globex'") == "555-0100"


def test_Beyond_2_a_record_that_becomes_visible_late_is_read(world: World) -> None:
    world.run_import()
    late = world.org.control.now() - timedelta(minutes=5)
    record = {"Name": "Late", "SystemModstamp": late.isoformat(), "CreatedDate": late.isoformat()}
    world.org.control.write_records("Account", [record])
    assert world.run_import()["accounts"].written == 1
    assert world.is_in_parity()


def test_Beyond_2_records_of_the_very_second_in_which_a_run_ended_are_not_lost(world: World) -> None:
    now = world.org.control.now().replace(microsecond=0)
    world.org.control.hold_clock(now)
    world.run_import()
    world.people().create("Account", {"Name": "Same second"})
    world.org.control.hold_clock(now + timedelta(seconds=30))
    world.run_import()
    assert world.one("SELECT count(*) FROM crm.accounts WHERE name = 'Same second'") == 1


def test_Beyond_2_a_record_that_changes_twice_within_the_second_of_a_run_is_read_as_it_is_in_the_end(
    world: World,
) -> None:
    world.org.control.hold_clock(world.org.control.now().replace(microsecond=0) + timedelta(minutes=1))
    record_id = world.people().create("Account", {"Name": "First"})

    def change_again(seconds: float) -> None:
        world.people().update("Account", record_id, {"Name": "Second"})
        world.org.control.advance_clock(seconds)

    world.run_import(pause=change_again)
    assert world.one("SELECT name FROM crm.accounts WHERE salesforce_id = :id", id=record_id) == "Second"
    assert world.run_import() == {}


def test_Beyond_8_a_deleted_record_is_marked_and_its_values_stay(world: World) -> None:
    world.run_import()
    org = world.people()
    (contact,) = org.query("SELECT Id FROM Contact WHERE LastName = 'Freelance'")
    org.delete("Contact", contact["Id"])
    world.run_import()
    assert world.rows("SELECT last_name, is_deleted FROM crm.contacts WHERE is_deleted") == [("Freelance", True)]
    assert world.is_in_parity()


def test_a_full_import_reads_everything_and_touches_nothing_that_is_the_same(world: World) -> None:
    world.run_import()
    before = world.rows("SELECT salesforce_id, loaded_at FROM crm.accounts ORDER BY 1")
    counts = world.run_import(mode="full")
    assert counts["accounts"] == Counts(read=3, unchanged=3)
    assert world.rows("SELECT salesforce_id, loaded_at FROM crm.accounts ORDER BY 1") == before


def test_since_reads_from_that_moment_and_leaves_the_watermark_where_a_gap_would_be(world: World) -> None:
    world.run_import()
    reached = world.one("SELECT at FROM sync.watermark WHERE mapping = 'accounts'")
    world.org.control.shift_clock(7200)
    world.people().create("Account", {"Name": "Later"})
    world.run_import(since=world.org.control.now() - timedelta(minutes=1))
    assert world.one("SELECT count(*) FROM crm.accounts WHERE name = 'Later'") == 1
    assert world.one("SELECT at FROM sync.watermark WHERE mapping = 'accounts'") == reached


@pytest.mark.parametrize(
    ("field", "column"),
    [
        pytest.param("Industry", "segment", id="Autotask-56-industry"),
        pytest.param("Rating", "classification", id="rating-likewise"),
    ],
)
def test_a_label_that_the_shipped_value_map_lacks_is_empty_and_holds_nothing_back(
    world: World, field: str, column: str
) -> None:
    account = world.people().create("Account", {"Name": "Cuzco Highland Wool", field: "Llama Farming"})
    world.people().create("Contact", {"LastName": "Child", "AccountId": account})

    counts = world.run_import()

    assert (counts["accounts"].rejected, counts["contacts"].rejected) == (0, 0)
    assert world.one(f"SELECT {column} FROM crm.accounts WHERE name = 'Cuzco Highland Wool'") is None
    assert world.is_in_parity()


def test_Autotask_51_a_type_that_matches_no_company_type_is_customer_and_one_that_matches_is_its_own(
    world: World,
) -> None:
    for name, label in [("Cuzco Highland Wool", "Llama Farmer"), ("Direct", "Technology Partner"), ("None", None)]:
        world.people().create("Account", {"Name": name, "Type": label})

    world.run_import()

    types = world.rows(
        "SELECT company_type FROM crm.accounts WHERE name IN ('Cuzco Highland Wool', 'Direct', 'None') ORDER BY name"
    )
    assert [row.company_type for row in types] == ["customer", "partner", None]


def test_an_unmapped_label_goes_to_quarantine_with_a_reason_and_the_others_are_written(world: World) -> None:
    world.without_fallbacks()
    world.people().create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    assert world.run_import()["accounts"] == Counts(read=4, written=3, rejected=1)
    reason = world.one("SELECT reason FROM sync.quarantine WHERE state = 'waiting'")
    for part in ("'Llama Farming'", "accounts.yaml", "industry.csv"):
        assert part in reason
    assert world.is_in_parity()


def test_Beyond_4_a_label_that_is_added_to_the_value_map_releases_the_record_at_the_next_run(world: World) -> None:
    world.without_fallbacks()
    world.people().create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    world.run_import()
    with (world.mappings / "values" / "industry.csv").open("a", encoding="utf-8") as file:
        file.write("Llama Farming,llamas\n")
    world.run_import()
    assert world.one("SELECT segment FROM crm.accounts WHERE name = 'Drama'") == "llamas"
    assert world.one("SELECT count(*) FROM sync.quarantine WHERE state = 'waiting'") == 0


def test_Beyond_4_a_row_that_breaks_an_expectation_is_released_once_it_is_corrected_in_salesforce(world: World) -> None:
    org = world.people()
    wrong = {"Name": "Refund", "StageName": "Closed Won", "CloseDate": "2026-12-31", "Amount": -5}
    record_id = org.create("Opportunity", wrong)
    assert world.run_import()["opportunities"].rejected == 1
    assert "-5" in world.one("SELECT reason FROM sync.quarantine WHERE salesforce_id = :id", id=record_id)
    org.update("Opportunity", record_id, {"Amount": 5})
    world.run_import()
    assert world.one("SELECT amount FROM crm.opportunities WHERE name = 'Refund'") == 5
    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=record_id) == "released"


def test_Beyond_4_a_child_waits_for_its_parent_and_is_written_when_it_arrives(world: World) -> None:
    world.without_fallbacks()
    org = world.people()
    parent = org.create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    child = org.create("Contact", {"LastName": "Child", "AccountId": parent})
    assert world.run_import()["contacts"].rejected == 1
    waits = world.one("SELECT class, waits_for_id FROM sync.quarantine WHERE salesforce_id = :id", id=child)
    assert tuple(waits) == ("waits_for_parent", parent)
    org.update("Account", parent, {"Industry": "Banking"})
    world.run_import()
    assert world.one("SELECT count(*) FROM sync.quarantine WHERE state = 'waiting'") == 0
    assert world.is_in_parity()


def test_Beyond_4_children_and_their_children_come_in_the_run_that_heals_the_parent(world: World) -> None:
    world.without_fallbacks()
    with (world.mappings / "contacts.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {salesforce: ReportsToId, column: chief_id, type: reference, direction: receive, ")
        file.write("references: crm.contacts}\n")
    org = world.people()
    parent = org.create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    chief = org.create("Contact", {"LastName": "Chief", "AccountId": parent})
    org.create("Contact", {"LastName": "Clerk", "ReportsToId": chief})
    assert world.run_import()["contacts"].rejected == 2
    with (world.mappings / "values" / "industry.csv").open("a", encoding="utf-8") as file:
        file.write("Llama Farming,llamas\n")

    _import_with_all_extracts_first(world)

    assert world.one("SELECT count(*) FROM sync.quarantine WHERE state = 'waiting'") == 0
    assert world.is_in_parity()
    assert world.run_import() == {}


def _import_with_all_extracts_first(world: World) -> None:
    """One run in the order in which Airflow may run the tasks: only loads wait for each other."""
    run_id, sf, catalog = world.next_run(), world.login(), world.catalog
    world.prepare()
    read = inbound.probe(world.engine, sf, catalog.inbound, RunOptions(), run_id=run_id)
    counts = {}
    for name in read:
        mapping, batches = catalog.mapping(name), world.batches(run_id, name)
        counts[name] = inbound.extract(world.engine, sf, mapping, batches, read[name], RunOptions(), run_id=run_id)
    for mapping in (m for m in catalog.inbound if m.name in read):
        batches = world.batches(run_id, mapping.name)
        made = inbound.transform(mapping, batches, counts[mapping.name])
        inbound.load(world.engine, mapping, batches, inbound.validate(mapping, batches, made), run_id=run_id)


def test_children_of_a_parent_that_stays_in_quarantine_are_not_read_in_every_run(world: World) -> None:
    world.without_fallbacks()
    parent = world.people().create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    world.people().create("Contact", {"LastName": "Child", "AccountId": parent})
    world.run_import()

    assert world.run_import() == {}


def test_a_quarantined_record_whose_mapping_file_was_removed_wakes_no_task_and_comes_in_when_the_file_is_back(
    world: World,
) -> None:
    world.without_fallbacks()
    parent = world.people().create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    child = world.people().create("Contact", {"LastName": "Child", "AccountId": parent})
    world.run_import()
    kept = (world.mappings / "contacts.yaml").rename(world.folder / "contacts.yaml")
    world.people().update("Account", parent, {"Industry": "Banking"})

    assert set(world.run_import()) == {"accounts"}
    assert world.run_import() == {}
    assert world.rows("SELECT subject FROM sync.attention WHERE kind = 'quarantine'") == []
    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=child) == "waiting"

    kept.rename(world.mappings / "contacts.yaml")

    assert world.run_import()["contacts"].written == 1
    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=child) == "released"


def test_a_label_in_another_case_is_the_same_label_and_what_falls_back_is_counted_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    types = world.mappings / "values" / "account_type.csv"
    types.write_text(types.read_text().replace("Prospect,", "PROSPECT,"))
    for number, label in enumerate(["Prospect", "prospect", "Llama Farmer", "Llama Farmer"]):
        world.people().create("Account", {"Name": f"Farm {number}", "Type": label})

    world.run_import()

    kinds = "SELECT company_type FROM crm.accounts WHERE name LIKE 'Farm%' ORDER BY name"
    assert [row[0] for row in world.rows(kinds)] == ["prospect", "prospect", "customer", "customer"]
    (said,) = [record.getMessage() for record in caplog.records if record.name == "closedwon.flows.inbound"]
    assert "Type = 'Llama Farmer' is not in values/account_type.csv" in said
    assert "company_type is 'customer' by `fallback` in 2 records" in said


def test_X22_a_lookup_that_is_mapped_as_text_keeps_the_records_id(world: World) -> None:
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    file = world.mappings / "contacts.yaml"
    lookup = "column: account_id,          type: reference, direction: receive, references: crm.accounts}"
    assert lookup in file.read_text()
    file.write_text(file.read_text().replace(lookup, "column: account, type: text, direction: receive}"))
    (account,) = world.people().query("SELECT Id FROM Account WHERE Name = 'Globex'")

    world.run_import()

    assert world.one("SELECT account FROM crm.contacts WHERE last_name = 'Zoë 🎉'") == account["Id"]


def test_Beyond_4_a_person_can_ask_for_another_try(world: World) -> None:
    world.without_fallbacks()
    world.people().create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    world.run_import()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sync.quarantine SET release_asked = true")
    assert world.run_import()["accounts"].rejected == 1


def test_Autotask_25_an_unlinked_account_waits_in_quarantine_until_it_is_linked_again(world: World) -> None:
    world.run_import()
    record = world.one("SELECT salesforce_id FROM crm.accounts WHERE name = 'Globex'")
    unlink = "UPDATE crm.accounts SET salesforce_id = NULL WHERE name = 'Globex'"
    with world.engine.begin() as connection:
        connection.exec_driver_sql(unlink)
    assert world.run_import(mode="full")["accounts"] == Counts(read=3, unchanged=2, rejected=1)
    assert world.one("SELECT count(*) FROM crm.accounts") == 3
    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=record) == "waiting"

    with world.engine.begin() as connection:
        connection.execute(text("UPDATE crm.accounts SET salesforce_id = :id WHERE name = 'Globex'"), {"id": record})
    world.run_import()

    assert world.one("SELECT count(*) FROM sync.quarantine WHERE state = 'waiting'") == 0
    assert world.one("SELECT count(*) FROM crm.accounts") == 3
    assert world.is_in_parity()


def test_many_changed_records_come_by_bulk_api_and_are_the_same(world: World) -> None:
    world.org.org.insert_many("Account", ({"Name": f"Account {number}"} for number in range(2_500)))
    world.org.control.reset_calls()
    assert world.run_import()["accounts"].written == 2_503
    assert world.org.control.count_calls("jobs/query", "POST") == 1
    assert world.is_in_parity()


def test_a_field_that_is_added_is_filled_for_old_records_by_the_next_import(world: World) -> None:
    world.run_import()
    org = world.people()
    (account,) = org.query("SELECT Id FROM Account WHERE Name = 'Globex'")
    org.update("Account", account["Id"], {"Fax": "555-0199"})
    world.run_import()
    _leave_all_records_behind(world)
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    with (world.mappings / "accounts.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {salesforce: Fax, column: fax, type: text, direction: receive}\n")
    # A span that a person asked for fills no old rows.
    world.run_import(since=world.org.control.now() - timedelta(seconds=1))
    assert world.rows("SELECT column_name FROM sync.unfilled_column WHERE mapping = 'accounts'") == [("fax",)]
    assert world.run_import()["accounts"].read == 3
    assert world.one("SELECT fax FROM crm.accounts WHERE name = 'Globex'") == "555-0199"
    assert world.run_import() == {}


def test_rows_whose_label_fell_back_get_its_code_when_the_value_map_gets_the_label(world: World) -> None:
    _read_with_own_value_map(world)
    with (world.mappings / "values" / "account_type.csv").open("a", encoding="utf-8") as file:
        file.write("Llama Farmer,llamas\n")

    # A span that a person asked for reads no old rows.
    world.run_import(since=world.org.control.now() - timedelta(seconds=1))
    assert world.rows("SELECT column_name FROM sync.unfilled_column") == [("company_type",)]
    assert world.run_import()["accounts"].read == 4
    assert world.one("SELECT company_type FROM crm.accounts WHERE name = 'Drama'") == "llamas"
    assert world.run_import() == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        pytest.param("values/account_type.csv", "Prospect,prospect", "Prospect,lead", "lead", id="another code"),
        pytest.param("values/account_type.csv", "Prospect,prospect\n", "", "customer", id="a label less"),
        pytest.param("accounts.yaml", ", values: account_type, fallback: customer", "", "Prospect", id="no value map"),
    ],
)
def test_old_rows_follow_a_value_map_that_has_changed(world: World, file: str, old: str, new: str, code: str) -> None:
    world.people().create("Account", {"Name": "Soon", "Type": "Prospect"})
    _read_with_own_value_map(world)
    edited = world.mappings / file
    assert edited.read_text().count(old) == 1
    edited.write_text(edited.read_text().replace(old, new))

    world.run_import()

    assert world.one("SELECT company_type FROM crm.accounts WHERE name = 'Soon'") == code
    assert world.run_import() == {}


def test_a_value_map_that_says_the_same_from_another_file_reads_nothing_anew(world: World) -> None:
    _read_with_own_value_map(world)
    (world.mappings / "values" / "account_type.csv").rename(world.mappings / "values" / "company_type.csv")
    accounts = world.mappings / "accounts.yaml"
    accounts.write_text(accounts.read_text().replace("values: account_type", "values: company_type"))

    assert world.run_import() == {}


def test_a_value_map_that_changes_again_while_its_records_are_read_has_them_read_once_more(world: World) -> None:
    _read_with_own_value_map(world)
    values = world.mappings / "values" / "account_type.csv"
    values.write_text(values.read_text() + "Llama Farmer,llamas\n")
    world.prepare()
    expected = world.run_probe("under way")
    read = inbound.extract(
        world.engine,
        world.login(),
        world.catalog.mapping("accounts"),
        world.batches("under way", "accounts"),
        expected["accounts"],
        RunOptions(),
        run_id="under way",
    )
    made = inbound.transform(world.catalog.mapping("accounts"), world.batches("under way", "accounts"), read)
    values.write_text(values.read_text().replace("llamas", "farmers"))
    world.prepare()
    world.load("accounts", made, "under way")

    world.run_import()

    assert world.one("SELECT company_type FROM crm.accounts WHERE name = 'Drama'") == "farmers"


def _read_with_own_value_map(world: World) -> None:
    """Have all records in the warehouse, one with a label that falls back; the mapping files are the test's own."""
    world.people().create("Account", {"Name": "Drama", "Type": "Llama Farmer"})
    world.run_import()
    _leave_all_records_behind(world)
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))


@pytest.mark.parametrize("is_dropped", [False, True], ids=["the mapping names another", "people dropped it"])
def test_a_table_that_is_new_to_a_mapping_that_was_read_before_gets_all_records(world: World, is_dropped: bool) -> None:
    world.run_import()
    world.org.control.shift_clock(7200)
    org = world.people()
    (contact,) = org.query("SELECT Id FROM Contact WHERE LastName = 'Ito'")
    org.update("Contact", contact["Id"], {"Title": "CEO"})
    world.run_import()
    table = "crm.contacts" if is_dropped else "crm.people"
    if is_dropped:
        with transaction(world.engine) as connection:
            connection.execute(text("DROP TABLE crm.contacts"))
    else:
        world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
        contacts = world.mappings / "contacts.yaml"
        contacts.write_text(contacts.read_text().replace("table: crm.contacts", f"table: {table}"))

    assert world.run_import()["contacts"].written == 4
    assert world.one(f"SELECT count(*) FROM {table}") == 4
    assert world.run_import() == {}


def _leave_all_records_behind(world: World) -> None:
    """Have the next incremental window begin after all records that there are."""
    world.org.control.shift_clock(7200)
    world.run_import()


def test_a_column_that_gets_another_field_is_filled_from_it_for_old_records(world: World) -> None:
    org = world.people()
    (account,) = org.query("SELECT Id FROM Account WHERE Name = 'Globex'")
    org.update("Account", account["Id"], {"Phone": "555-0100", "Fax": "555-0199"})
    world.run_import()
    _leave_all_records_behind(world)
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    file = world.mappings / "accounts.yaml"
    file.write_text(file.read_text().replace("{salesforce: Phone, ", "{salesforce: Fax, "))

    world.run_import()

    assert world.one("SELECT phone FROM crm.accounts WHERE name = 'Globex'") == "555-0199"
    assert world.run_import() == {}
