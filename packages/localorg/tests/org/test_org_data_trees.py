from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from material import MATERIAL
from org_samples import values

from localorg.data.dataset import DataError
from localorg.data.load import load_data
from localorg.org import Org

TODAY = date(2026, 11, 23)
DATA_SETS = MATERIAL / "datasets"
CLI = DATA_SETS / "salesforcecli-plugin-data" / "test" / "test-files" / "data-project" / "data"


def record(sobject: str, reference: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": sobject, "referenceId": reference}, **fields}


def write(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def trees(*records: dict[str, Any]) -> dict[str, Any]:
    return {"records": list(records)}


def load(org: Org, data: Path) -> list[str]:
    said: list[str] = []
    load_data(org, data, TODAY, said.append)
    return said


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    steps = [
        {"sobject": "Account", "saveRefs": True, "resolveRefs": False, "files": ["Account.json"]},
        {"sobject": "Contact", "saveRefs": False, "resolveRefs": True, "files": ["Contact.json"]},
    ]
    write(
        tmp_path,
        Account=trees(
            record("Account", "AccountRef1", Name="Acme", ParentId="@AccountRef2", NumberOfEmployees=12),
            record("Account", "AccountRef2", Name="Mother", Phone=None),
        ),
        Contact=trees(record("Contact", "ContactRef1", lastname="Ito", ACCOUNTID="@AccountRef1", DoNotCall=True)),
        plan=steps,
    )
    return tmp_path


@pytest.mark.parametrize("named", ["", "plan.json"])
def test_a_plan_is_loaded_with_its_references_forwards_and_backwards(org: Org, plan: Path, named: str) -> None:
    load(org, plan / named)

    assert values(org, "SELECT Parent.Name FROM Account WHERE Name = 'Acme'") == [
        {"attributes": values_of_parent(org), "Name": "Mother"}
    ]
    assert values(org, "SELECT NumberOfEmployees FROM Account ORDER BY Name") == [12, None]
    assert org.query("SELECT Id FROM Contact WHERE Account.Name = 'Acme' AND DoNotCall = true").total_size == 1


def values_of_parent(org: Org) -> dict[str, Any]:
    (mother,) = org.query("SELECT Id FROM Account WHERE Name = 'Mother'").records(0, 1)
    return dict(mother["attributes"])


def test_children_stand_in_their_parents_to_any_depth(org: Org, tmp_path: Path) -> None:
    task = record("Task", "t", Subject="Call")
    deal = record("Opportunity", "o", Name="Roof", StageName="Prospecting", CloseDate="2026-05-01", Tasks=trees(task))
    write(tmp_path, one=trees(record("Account", "a", Name="Acme", Opportunities=trees(deal))))

    load(org, tmp_path)

    assert values(org, "SELECT Subject FROM Task WHERE What.Name = 'Roof'") == ["Call"]
    assert values(org, "SELECT Name FROM Opportunity WHERE Account.Name = 'Acme'") == ["Roof"]


def test_what_begins_with_an_at_sign_is_a_reference_only_where_it_refers_to_something(org: Org, tmp_path: Path) -> None:
    broker = record("Broker__c", "b1", Name="Caroline", Handle__c="@caroline")
    write(tmp_path, one=trees(broker, record("House__c", "h1", Name="Villa", Broker__c="@b1")))

    load(org, tmp_path)

    (caroline,) = values(org, "SELECT Handle__c, Id FROM Broker__c WHERE Handle__c = '@caroline'")
    assert values(org, "SELECT Broker__c FROM House__c") == [caroline]


def test_records_without_a_reference_id_and_with_record_types_are_loaded(org: Org, tmp_path: Path) -> None:
    kind = {"attributes": {"type": "RecordType"}, "Name": "Key account"}
    plain = {"attributes": {"type": "Account"}, "Name": "Acme", "RecordType": kind}
    write(tmp_path, one=trees(plain, {**plain, "Name": "Globex"}))

    load(org, tmp_path)

    assert values(org, "SELECT RecordType.DeveloperName, Name FROM Account ORDER BY Name") == ["Acme", "Globex"]
    assert values(org, "SELECT DeveloperName FROM RecordType WHERE SobjectType = 'Account'") == ["Key_account"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"one": trees(record("Contact", "c", LastName="Ito", AccountId="@nobody"))},
            "AccountId = '@nobody' is the Id",
        ),
        ({"one": trees({"Name": "Acme"})}, "does not say its type"),
        ({"one": trees(record("Account", "a", Name="A", Cats=trees()), record("Account", "a", Name="B"))}, "two rows"),
        ({"one": trees(record("Account", "a", Name="A", Cats=trees(record("Contact", "c"))))}, "no child relationship"),
        ({"one": trees(record("Account", "a", Name="A", BillingAddress={"city": "Bern"}))}, "holds an object"),
        (
            {"p": [{"sobject": "Account", "files": ["c.json"]}], "c": trees(record("Contact", "c"))},
            "where the plan says",
        ),
        ({"p": [{"sobject": "Account", "files": ["gone.json"]}]}, "cannot be read as JSON"),
        ({"p": [{"sobject": "A", "files": []}], "q": [{"sobject": "B", "files": []}]}, "has 2 plans"),
    ],
)
def test_trees_that_contradict_themselves_are_refused_whole(
    org: Org, tmp_path: Path, files: dict[str, Any], told: str
) -> None:
    with pytest.raises(DataError, match=told):
        load(org, write(tmp_path, **files))
    assert org.counts()["Account"] == org.counts()["Contact"] == 0


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        (CLI, {"Account": 2, "Contact": 6}),
        (CLI / "accounts-contacts-tree.json", {"Account": 2, "Contact": 2}),
        (CLI / "commonChild", {"Account": 2, "Opportunity": 1, "Task": 2, "Case": 1}),
        (CLI / "self-referencing", {"Account": 12}),
        (CLI / "moreThan200", {"Account": 10_000}),
        (CLI / "junction", {"AccountContactRelation": 3}),
        (DATA_SETS / "trailheadapps-dreamhouse" / "data", {"Broker__c": 8, "Property__c": 12}),
        (DATA_SETS / "trailheadapps-ebikes" / "data", {"Product__c": 16, "Product_Family__c": 4}),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_data_of_real_projects_are_loaded(org: Org, data: Path, counts: dict[str, int]) -> None:
    if not data.exists():
        pytest.skip("the shared material is not there")
    load(org, data)
    found = org.counts()
    assert {name: found[name] for name in counts} == counts


@pytest.mark.parametrize("broken", ["missingRef", "missingSelfRef"])
def test_real_data_with_a_reference_to_nothing_are_refused(org: Org, broken: str) -> None:
    if not (CLI / broken).exists():
        pytest.skip("the shared material is not there")
    with pytest.raises(DataError, match="is the Id of no row of Account"):
        load(org, CLI / broken)
