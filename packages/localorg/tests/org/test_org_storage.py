from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from org_samples import StandingClock, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import Schema, load_schema


def test_everything_is_there_after_a_restart(schema: Schema, clock: StandingClock, tmp_path: Path) -> None:
    database = tmp_path / "a folder" / "org.sqlite"
    org = Org(schema, database, clock)
    org.catalogue.add_object("Grant__c")
    org.catalogue.add_field("Grant__c", "Reason__c")
    grant = org.create("Grant__c", {"Name": "G", "Reason__c": "why not"})
    project = org.create("Delivery_Project__c", {"Name": "P"})
    described = org.describe("Grant__c")
    org.close()

    again = Org(schema, database, clock)

    assert again.read("Grant__c", grant)["Reason__c"] == "why not"
    assert again.describe("Grant__c") == described
    assert again.organization_id == org.organization_id
    assert again.create("Delivery_Project__c", {"Name": "Q"}) > project
    assert again.counts()["User"] == 1
    again.close()


def test_a_field_that_the_schema_gains_is_empty_in_records_from_before(clock: StandingClock, tmp_path: Path) -> None:
    org = Org(load_schema(), tmp_path / "org.sqlite", clock)
    account = org.create("Account", {"Name": "Acme"})
    org.close()
    more = tmp_path / "more.yaml"
    more.write_text("objects: {Account: {fields: {Tier__c: {type: picklist, values: [A, B]}}}}", encoding="utf-8")

    again = Org(load_schema(more), tmp_path / "org.sqlite", clock)
    again.update("Account", account, {"Tier__c": "a"})

    assert again.read("Account", account, ["Tier__c"])["Tier__c"] == "A"
    again.close()


def test_a_key_prefix_stays_with_its_object_when_others_are_put_before_it(clock: StandingClock, tmp_path: Path) -> None:
    file, database = tmp_path / "objects.yaml", tmp_path / "org.sqlite"
    file.write_text("objects: {Zebra__c: {}}", encoding="utf-8")
    org = Org(load_schema(file), database, clock)
    zebra = org.create("Zebra__c", {"Name": "z"})
    org.close()
    file.write_text("objects: {Ape__c: {}, Zebra__c: {}}", encoding="utf-8")

    again = Org(load_schema(file), database, clock)

    assert again.read("Zebra__c", zebra)["Name"] == "z"
    assert again.describe("Ape__c")["keyPrefix"] == "a01"
    again.close()


def test_loaded_rows_keep_their_ids_and_stamps(org: Org) -> None:
    given = {"Id": "00154000001upcK", "Name": "Acme", "CreatedDate": "2020-01-02T03:04:05Z"}
    ids = org.insert_many("Account", [given | {"SystemModstamp": "2021-01-01T00:00:00.000+0000"}, {"Name": "New"}])
    record = org.read("Account", ids[0])

    assert ids[0] == "00154000001upcKAAQ"
    assert record["CreatedDate"] == "2020-01-02T03:04:05.000+0000"
    assert record["SystemModstamp"] == "2021-01-01T00:00:00.000+0000"
    assert org.read("Account", ids[1])["CreatedDate"] == "2026-05-06T11:56:44.000+0000"


def test_an_id_that_came_with_the_data_is_not_given_again(org: Org) -> None:
    (loaded,) = org.insert_many("Account", [{"Id": "001Lo0000000003IAA", "Name": "Acme"}])
    made = [org.create("Account", {"Name": "x"}) for _ in range(4)]

    assert loaded not in made
    assert len(set(made)) == 4


def test_loading_stops_at_a_field_that_is_unknown_and_keeps_nothing(org: Org) -> None:
    with pytest.raises(OrgError, match="No such column 'Foo__c' on sobject of type Account"):
        org.insert_many("Account", [{"Name": "a"}, {"Name": "b", "Foo__c": "x"}])

    assert org.counts()["Account"] == 0


def test_a_field_may_be_learned_between_two_queries(org: Org) -> None:
    org.create("Account", {"Name": "Acme"})
    org.catalogue.add_field("Account", "Foo__c")
    org.catalogue.add_field("account", "foo__C")
    org.write_system("Account", [{"Name": "Globex", "Foo__c": "bar"}])

    assert values(org, "SELECT Name, Foo__c FROM Account ORDER BY Name") == [None, "bar"]
    assert [f["name"] for f in org.describe("Account")["fields"]].count("Foo__c") == 1


def test_writers_and_readers_in_many_threads_do_not_disturb_each_other(org: Org) -> None:
    def work(number: int) -> int:
        org.create("Account", {"Name": f"account {number}"})
        return org.query("SELECT Id FROM Account").total_size

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(work, range(40)))

    assert max(seen) == 40
    assert len(set(values(org, "SELECT Id FROM Account"))) == 40
