from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from material import MATERIAL

from localorg.clock import Clock
from localorg.data.dataset import DataError
from localorg.data.load import load_data
from localorg.org import Org
from localorg.schema import load_schema

NPSP = MATERIAL / "datasets" / "salesforcefoundation-npsp"
TODAY = date(2026, 11, 23)

MAPPING = """
Accounts:
  sf_object: Account
  table: accounts
  fields: {Name: name, RecordTypeId: RecordTypeId}
  lookups:
    ParentId: {table: accounts, key_field: parent_id}
Contact:
  sf_object: Contact
  fields: [LastName, Email, Shoe_Size__c]
  lookups:
    AccountId: {table: accounts}
Visit__c:
  sf_object: Visit__c
  fields: [Name]
  lookups:
    Who__c: {table: Contact}
"""
DUMP = """
BEGIN TRANSACTION;
CREATE TABLE accounts (
    id INTEGER NOT NULL, name VARCHAR(255), "RecordTypeId" VARCHAR(255), parent_id VARCHAR(255), PRIMARY KEY (id)
);
INSERT INTO accounts VALUES(1,'Child','012x','2');
INSERT INTO accounts VALUES(2,'Mother','','');
CREATE TABLE "Account_rt_mapping" (
    record_type_id VARCHAR(18) NOT NULL, developer_name VARCHAR(255), PRIMARY KEY (record_type_id)
);
INSERT INTO "Account_rt_mapping" VALUES('012x','Big_Customer');
CREATE TABLE "Contact" (
    id INTEGER NOT NULL, "LastName" VARCHAR(255), "Email" VARCHAR(255), "Shoe_Size__c" VARCHAR(255),
    account_id VARCHAR(255), PRIMARY KEY (id)
);
INSERT INTO "Contact" VALUES(7,'Diaz','','42','1');
CREATE TABLE "Visit__c" (id INTEGER NOT NULL, "Name" VARCHAR(255), who__c VARCHAR(255), PRIMARY KEY (id));
INSERT INTO "Visit__c" VALUES(1,'First','7');
CREATE TABLE keyless (name VARCHAR(255));
COMMIT;
"""


@pytest.fixture
def load() -> Callable[[Path], tuple[Org, list[str]]]:
    def load_into_new_org(folder: Path) -> tuple[Org, list[str]]:
        org, said = Org(load_schema(), None, Clock()), []
        load_data(org, folder, TODAY, said.append)
        return org, said

    return load_into_new_org


Load = Callable[[Path], tuple[Org, list[str]]]


def records(org: Org, soql: str) -> list[dict[str, object]]:
    return org.query(soql, include_deleted=True).records(0, 5000)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_csv_files_refer_to_each_other_by_keys_of_their_own(tmp_path: Path, load: Load) -> None:
    write(
        tmp_path,
        Contact="Id,LastName,AccountId\nc1,Ito,a2\nc2,Free,\n",
        Account='Id,Name,ParentId,BillingPostalCode\na1,"Acme ""Best""\nLtd",a2,00123\na2,Mother,,\n',
    )
    org, _ = load(tmp_path)
    child, mother = records(org, "SELECT Id, Name, ParentId, BillingPostalCode FROM Account ORDER BY Name")
    assert (child["Name"], child["ParentId"], child["BillingPostalCode"]) == ('Acme "Best"\nLtd', mother["Id"], "00123")
    found = records(org, "SELECT LastName, Account.Name FROM Contact ORDER BY LastName")
    assert [(row["LastName"], row["Account"] and row["Account"]["Name"]) for row in found] == [
        ("Free", None),
        ("Ito", "Mother"),
    ]


def test_salesforce_ids_and_stamps_are_kept(tmp_path: Path, load: Load) -> None:
    stamp = "2025-05-06T11:56:44.000+0000"
    write(
        tmp_path,
        Account=f"Id,Name,CreatedDate,SystemModstamp,IsDeleted\n0015500001QdQWf,Kept,{stamp},{stamp},true\n",
    )
    org, _ = load(tmp_path)
    (row,) = records(org, "SELECT Id, CreatedDate, SystemModstamp, IsDeleted FROM Account")
    assert row["Id"] == "0015500001QdQWfAAN"
    assert (row["CreatedDate"], row["SystemModstamp"], row["IsDeleted"]) == (stamp, stamp, True)


def test_X17_an_export_with_headers_in_capitals_keeps_its_ids_and_parents(tmp_path: Path, load: Load) -> None:
    write(
        tmp_path,
        Account="ID,NAME,BILLINGPOSTALCODE,PARENTID\n0015g00000AbcdeAAB,Acme,00123,\n"
        "0015g00000AbcdfAAB,Child,00124,0015g00000AbcdeAAB\n",
        Contact="ID,LASTNAME,ACCOUNTID\n0035g00000AbcdeAAB,Ito,0015g00000AbcdeAAB\n",
    )
    org, said = load(tmp_path)

    accounts = records(org, "SELECT Id, Name, ParentId, BillingPostalCode FROM Account ORDER BY Name")
    assert [list(row.values())[1:] for row in accounts] == [
        ["0015g00000AbcdeAAB", "Acme", None, "00123"],
        ["0015g00000AbcdfAAB", "Child", "0015g00000AbcdeAAB", "00124"],
    ]
    (contact,) = records(org, "SELECT Id, AccountId FROM Contact")
    assert (contact["Id"], contact["AccountId"]) == ("0035g00000AbcdeAAB", "0015g00000AbcdeAAB")
    assert said == []


def test_X18_moments_of_the_weekly_export_are_taken_as_utc(tmp_path: Path, load: Load) -> None:
    write(
        tmp_path,
        Account='"Id","IsDeleted","Name","CreatedDate","SystemModstamp"\n'
        '"0015g00000AbcdeAAC","0","Acme","2016-03-07 15:31:36","2016-03-07 15:31:36"\n'
        '"0015g00000AbcdfAAC","1","Gone","2016-03-07 15:31:36","2016-03-07 15:31:36"\n',
    )
    org, _ = load(tmp_path)

    rows = records(org, "SELECT IsDeleted, CreatedDate, SystemModstamp FROM Account ORDER BY Name")
    stamp = "2016-03-07T15:31:36.000+0000"
    assert [list(row.values())[1:] for row in rows] == [[False, stamp, stamp], [True, stamp, stamp]]


def test_what_the_schema_lacks_becomes_custom_and_is_said(tmp_path: Path, load: Load) -> None:
    long_text = "x" * 300
    write(
        tmp_path, Account=f"Name,Mood__c,Essay__c,Odd\nAcme,good,{long_text},1\n", Ferry__c="Name,Deck__c\nOne,upper\n"
    )
    org, said = load(tmp_path)
    (row,) = records(org, "SELECT Mood__c, Essay__c, Odd FROM Account")
    (ferry,) = records(org, "SELECT Name, Deck__c FROM Ferry__c")
    assert (row["Mood__c"], row["Essay__c"], row["Odd"]) == ("good", long_text, "1")
    assert (ferry["Name"], ferry["Deck__c"]) == ("One", "upper")
    assert "Ferry__c is new to the org: made a custom object." in said
    assert any("Odd (called as it is, though the name does not end in __c)" in line for line in said)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"Contact": "Id,LastName,AccountId\nc1,Ito,a9\n"}, "AccountId = 'a9' is the Id of no row of Account"),
        ({"Account": "Id,Name\na1,One\na1,Two\n"}, "two rows have the Id 'a1'"),
        ({"Account": "Id,Name\na1\n"}, r"Account\.csv, line 2: the row has more or fewer cells"),
        ({"Account": "Id,Name,NumberOfEmployees\na1,One,many\n"}, "NumberOfEmployees|many"),
        ({}, "has no data"),
    ],
)
def test_data_that_contradict_themselves_are_refused_whole(tmp_path: Path, files: dict[str, str], told: str) -> None:
    write(tmp_path, **files)
    org = Org(load_schema(), None, Clock())
    with pytest.raises(DataError, match=told):
        load_data(org, tmp_path, TODAY, lambda _: None)
    assert org.counts()["Account"] == org.counts()["Contact"] == 0


def test_a_cumulusci_data_set_is_loaded_by_its_mapping(tmp_path: Path, load: Load) -> None:
    (tmp_path / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "data.sql").write_text(DUMP, encoding="utf-8")
    (tmp_path / "sets" / "small.sql").write_text("SELECT 1;", encoding="utf-8")
    org, said = load(tmp_path)
    child, mother = records(org, "SELECT Id, Name, ParentId, RecordType.DeveloperName FROM Account ORDER BY Name")
    (contact,) = records(org, "SELECT Id, Email, Account.Name, Shoe_Size__c FROM Contact")
    (visit,) = records(org, "SELECT Who__c FROM Visit__c")
    assert (child["ParentId"], child["RecordType"]["DeveloperName"]) == (mother["Id"], "Big_Customer")
    assert mother["RecordType"] is None
    assert (contact["Email"], contact["Account"]["Name"], contact["Shoe_Size__c"]) == (None, "Child", "42")
    assert visit["Who__c"] == contact["Id"]
    assert any("holds 2 dumps; loading the largest, sets/data.sql (not sets/small.sql)" in line for line in said)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (None, "has no mapping file"),
        ("Account: {sf_object: Account, table: nope}", "the dump has no table 'nope'"),
        ("Account: {sf_object: Account, table: accounts, fields: [Fax]}", "has no column 'Fax'"),
        (
            "Account: {sf_object: Account, table: accounts, lookups: {ParentId: {}}}",
            "ParentId: the lookup does not say",
        ),
        ("Account: {sf_object: Account, table: accounts, lookups: {ParentId: x}}", "ParentId: the lookup does not say"),
        ("Account: {sf_object: Account, table: keyless, fields: [Name]}", "'keyless' has no primary key"),
        ("- Account", "must be a step with an sf_object"),
    ],
)
def test_a_mapping_that_does_not_fit_the_dump_is_refused(tmp_path: Path, mapping: str | None, told: str) -> None:
    (tmp_path / "data.sql").write_text(DUMP, encoding="utf-8")
    if mapping is not None:
        (tmp_path / "mapping.yml").write_text(mapping, encoding="utf-8")
    with pytest.raises(DataError, match=told):
        load_data(Org(load_schema(), None, Clock()), tmp_path, TODAY, lambda _: None)


@pytest.mark.skipif(not NPSP.is_dir(), reason="the shared material is not there")
def test_the_npsp_data_set_loads_with_all_of_its_records_and_lookups(load: Load) -> None:
    org, _ = load(NPSP)
    counts = org.counts()
    assert {name: counts[name] for name in ("Account", "Contact", "Opportunity", "OpportunityContactRole")} == {
        "Account": 1_223,
        "Contact": 1_024,
        "Opportunity": 1_517,
        "OpportunityContactRole": 3_499,
    }
    (first,) = records(
        org, "SELECT Title, Email, Account.Name FROM Contact WHERE FirstName = 'Amy' AND LastName = 'Diaz' LIMIT 1"
    )
    assert (first["Title"], first["Email"]) == ("Internal Auditor", None)
    assert org.query("SELECT Id FROM Opportunity WHERE AccountId = null").total_size < 1_517
    types = records(org, "SELECT DeveloperName FROM RecordType WHERE SobjectType = 'Account' ORDER BY DeveloperName")
    assert [row["DeveloperName"] for row in types] == ["HH_Account", "Organization"]
