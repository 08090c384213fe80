from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from crm_rows import ACCOUNTS, CATALOG, CONTACTS, account_id, contact_id, contacts, to_field
from sqlalchemy import Engine, inspect, text

from closedwon.errors import MappingFault
from closedwon.mapping.model import Catalog, Mapping
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.warehouse.load.load_rows import load_rows
from closedwon.warehouse.migrations.upgrade import revisions
from closedwon.warehouse.prepare import check_table, prepare_warehouse, table_of
from closedwon.warehouse.state.unfilled_column import find_unfilled
from closedwon.warehouse.transaction import transaction

SCHEMAS = ("crm", "delivery", "sync")
SHIPPED = require_sound(read_catalog(Path(__file__).parents[2] / "include" / "mappings"))


def prepare(engine: Engine, catalog: Catalog = CATALOG) -> list[str]:
    with transaction(engine) as connection:
        return prepare_warehouse(connection, catalog)


def faults_of(engine: Engine, mapping: Mapping) -> list[str]:
    try:
        with transaction(engine) as connection:
            check_table(connection, mapping)
    except MappingFault as fault:
        return str(fault).splitlines()
    return []


def test_an_empty_database_gets_every_table_and_view_and_a_second_time_nothing(engine):
    made = prepare(engine)

    assert {*SCHEMAS, *revisions(), "crm.accounts", "crm.contacts"} <= set(made)
    assert {"sync.status", "sync.freshness", "delivery.projects_current"} <= set(made)
    assert prepare(engine) == []


@pytest.mark.parametrize("catalog", [CATALOG, SHIPPED], ids=["two objects", "shipped files"])
def test_every_table_view_and_column_carries_a_comment(engine, catalog):
    prepare(engine, catalog)

    with transaction(engine) as connection:
        columns = connection.execute(
            text(
                """
                SELECT c.oid::regclass::text AS relation, a.attname, obj_description(c.oid, 'pg_class') AS about,
                       col_description(c.oid, a.attnum) AS comment
                  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 WHERE c.relnamespace::regnamespace::text = ANY (:schemas) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
                """
            ),
            {"schemas": list(SCHEMAS)},
        ).all()

    assert [column for column in columns if not column.about or not column.comment] == []
    seen = {column.relation for column in columns}
    assert {"crm.accounts", "delivery.projects_current", "sync.status", "sync.attention", "sync.freshness"} <= seen


def test_a_column_says_which_field_it_holds_and_what_the_mapping_notes(engine):
    prepare(engine)

    comments = {column["name"]: column["comment"] for column in inspect(engine).get_columns("accounts", schema="crm")}

    assert comments["name"] == "Salesforce Account.Name. As in the register."


def test_a_column_of_codes_says_which_file_made_them_and_where_their_labels_are(engine):
    prepare(engine, SHIPPED)

    comments = {column["name"]: column["comment"] for column in inspect(engine).get_columns("accounts", schema="crm")}

    codes = "Codes of values/industry.csv, their labels in crm.value_maps."
    assert comments["segment"] == f"Salesforce Account.Industry. {codes}"


def test_a_reference_says_in_which_table_its_row_is(engine):
    prepare(engine, SHIPPED)

    comments = {column["name"]: column["comment"] for column in inspect(engine).get_columns("accounts", schema="crm")}

    assert comments["owner_id"] == "Salesforce Account.OwnerId. The id of its row in crm.users."
    assert comments["parent_id"] == "Salesforce Account.ParentId. The id of its row in crm.accounts."


def test_a_changed_note_changes_the_comment(engine):
    prepare(engine)
    name = replace(ACCOUNTS.fields[0], note="As on the letterhead.")

    prepare(engine, replace(CATALOG, mappings=(replace(ACCOUNTS, fields=(name, *ACCOUNTS.fields[1:])), CONTACTS)))

    columns = inspect(engine).get_columns("accounts", schema="crm")
    assert {c["name"]: c["comment"] for c in columns}["name"] == "Salesforce Account.Name. As on the letterhead."


def test_an_added_field_becomes_a_column_of_the_table_that_is_there_and_its_rows_stay(engine):
    prepare(engine)
    with transaction(engine) as connection:
        ada = contacts({"salesforce_id": contact_id(1), "last_name": "Ada"})
        load_rows(connection, CONTACTS, [ada], is_latest=True)
    more = (
        to_field("Rating__c", "rating", "number", note="It's new."),
        to_field("PartnerId", "partner_id", "reference", references="crm.accounts"),
    )

    made = prepare(engine, replace(CATALOG, mappings=(ACCOUNTS, replace(CONTACTS, fields=CONTACTS.fields + more))))

    assert made == ["crm.contacts.rating", "crm.contacts.partner_id"]
    with transaction(engine) as connection:
        assert connection.execute(text("SELECT last_name, rating FROM crm.contacts")).all() == [("Ada", None)]
    keys = {key["constrained_columns"][0]: key for key in inspect(engine).get_foreign_keys("contacts", schema="crm")}
    assert keys["partner_id"]["referred_table"] == "accounts"
    assert "partner_id" in {i["column_names"][0] for i in inspect(engine).get_indexes("contacts", schema="crm")}


def test_a_field_that_is_taken_out_of_the_mapping_keeps_its_column_and_values(engine):
    prepare(engine)
    with transaction(engine) as connection:
        connection.execute(text("INSERT INTO crm.accounts (name) VALUES ('Acme')"))

    assert prepare(engine, replace(CATALOG, mappings=(replace(ACCOUNTS, fields=ACCOUNTS.fields[1:]), CONTACTS))) == []

    with transaction(engine) as connection:
        assert connection.execute(text("SELECT name FROM crm.accounts")).scalars().all() == ["Acme"]


def test_a_column_that_no_mapping_fills_any_more_says_since_when(engine):
    prepare(engine)
    name, *others = ACCOUNTS.fields
    renamed = replace(CATALOG, mappings=(replace(ACCOUNTS, fields=(replace(name, column="title"), *others)), CONTACTS))
    with transaction(engine) as connection:
        connection.execute(text("ALTER TABLE crm.accounts ADD COLUMN by_hand text"))
        connection.execute(text("COMMENT ON COLUMN crm.accounts.by_hand IS 'Of a person.'"))
        today = connection.execute(text("SELECT current_date::text")).scalar_one()

    for _ in range(2):
        prepare(engine, renamed)

    columns = inspect(engine).get_columns("accounts", schema="crm")
    comments = {column["name"]: column["comment"] for column in columns}
    ended = f"Salesforce Account.Name. As in the register. Not filled any more since {today}: no mapping names it."
    assert comments["name"] == ended
    assert comments["title"] == "Salesforce Account.Name. As in the register."
    assert comments["by_hand"] == "Of a person."
    with transaction(engine) as connection:
        assert find_unfilled(connection) == {"accounts": ["title"]}


def test_a_column_that_a_mapping_fills_again_says_so_and_awaits_a_full_read(engine):
    prepare(engine)
    without = replace(CATALOG, mappings=(replace(ACCOUNTS, fields=ACCOUNTS.fields[1:]), CONTACTS))
    prepare(engine, without)

    prepare(engine)

    columns = inspect(engine).get_columns("accounts", schema="crm")
    assert {c["name"]: c["comment"] for c in columns}["name"] == "Salesforce Account.Name. As in the register."
    with transaction(engine) as connection:
        assert find_unfilled(connection) == {"accounts": ["name"]}


def test_columns_of_another_type_stop_their_own_mapping_with_file_and_line_and_no_other(engine):
    prepare(engine)
    name, revenue, *others = ACCOUNTS.fields
    fields = (replace(name, type="integer"), replace(revenue, type="text"), *others, to_field("New__c", "new", "text"))
    changed = replace(ACCOUNTS, fields=fields)
    more = replace(CONTACTS, fields=(*CONTACTS.fields, to_field("Fax", "fax", "text")))

    made = prepare(engine, replace(CATALOG, mappings=(changed, more)))

    assert made == ["crm.accounts.new", "crm.contacts.fax"]
    first, second, remedy = faults_of(engine, changed)
    assert first.startswith("include/mappings/accounts.yaml, line 4: Name is of type 'integer'")
    assert "crm.accounts.name must be 'bigint', but in the warehouse it is 'text'" in first
    assert "line 5" in second
    assert "clear the task `probe` and those after it" in remedy
    assert faults_of(engine, more) == []


def test_a_reference_to_a_table_that_is_not_there_stops_its_own_mapping(engine):
    astray = replace(CONTACTS, fields=(to_field("AccountId", "account_id", "reference", references="crm.acounts"),))

    prepare(engine, replace(CATALOG, mappings=(ACCOUNTS, astray)))

    fault, _ = faults_of(engine, astray)
    assert "crm.contacts has no column `account_id`" in fault and "It refers to crm.acounts" in fault


def test_a_view_that_has_the_name_of_a_table_stops_its_own_mapping(engine):
    with transaction(engine) as connection:
        connection.execute(text("CREATE SCHEMA crm"))
        connection.execute(text("CREATE VIEW crm.contacts AS SELECT 1 AS id"))

    assert "crm.accounts" in prepare(engine)

    assert "crm.contacts has no column" in faults_of(engine, CONTACTS)[0]


def test_two_mappings_of_one_table_both_get_their_columns(engine):
    people = replace(CONTACTS, name="people", fields=(to_field("Fax", "fax", "text"), CONTACTS.fields[0]))

    prepare(engine, replace(CATALOG, mappings=(ACCOUNTS, CONTACTS, people)))

    assert faults_of(engine, CONTACTS) == faults_of(engine, people) == []


def test_objects_that_refer_to_each_other_get_their_tables(engine):
    owner = to_field("OwnerId", "owner_id", "reference", references="crm.contacts")

    made = prepare(engine, replace(CATALOG, mappings=(replace(ACCOUNTS, fields=(*ACCOUNTS.fields, owner)), CONTACTS)))

    assert {"crm.accounts", "crm.contacts"} <= set(made)


def test_two_that_prepare_at_once_make_everything_once(engine):
    made: list[list[str]] = []
    threads = [threading.Thread(target=lambda: made.append(prepare(engine))) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(bool, made)) == [False, True]


def test_a_view_that_people_read_is_left_alone_when_it_is_as_it_should_be(engine):
    prepare(engine)
    with engine.connect() as reader:
        reader.execute(text("SELECT * FROM sync.status")).all()

        with transaction(engine) as connection:
            connection.execute(text("SET LOCAL lock_timeout = '1ms'"))
            assert prepare_warehouse(connection, CATALOG) == []


def test_a_parent_that_has_rows_below_it_cannot_be_removed(engine):
    prepare(engine)
    with transaction(engine) as connection:
        connection.execute(text("INSERT INTO crm.accounts (id, salesforce_id) VALUES (1, :id)"), {"id": account_id(1)})
        connection.execute(text("INSERT INTO crm.contacts (account_id) VALUES (1)"))

    with pytest.raises(Exception, match="contacts_account_id_fkey"), transaction(engine) as connection:
        connection.execute(text("DELETE FROM crm.accounts"))


def test_numbers_are_kept_as_decimals(engine):
    prepare(engine)

    with transaction(engine) as connection:
        connection.execute(table_of(ACCOUNTS).insert().values(annual_revenue=Decimal("12345678901234567.89")))
        assert connection.execute(text("SELECT annual_revenue FROM crm.accounts")).scalar_one() == Decimal(
            "12345678901234567.89"
        )
