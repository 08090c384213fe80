from __future__ import annotations

from typing import Any

import pytest
from http_api import Api
from sqlalchemy.event import listen, remove

from localorg.server import RunningOrg

PATH = "/composite/sobjects"


def account(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, **fields}


def count(api: Api, name: str) -> int:
    return int(api.query(f"SELECT COUNT() FROM Account WHERE Name = '{name}'")["totalSize"])


def test_each_record_has_a_result_in_the_order_of_the_request(api: Api) -> None:
    records = [account(Name="Coll 1"), account(Phone="no name"), account(Name="Coll 3", ParentId="001000000000000AAA")]
    answer = api("POST", PATH, json={"allOrNone": False, "records": records})

    good, nameless, orphan = answer.json()
    assert answer.status_code == 200
    assert good == {"id": good["id"], "success": True, "errors": []}
    assert nameless == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }
    assert orphan == {
        "success": False,
        "errors": [
            {"statusCode": "INVALID_CROSS_REFERENCE_KEY", "message": "invalid cross reference id", "fields": []}
        ],
    }
    assert count(api, "Coll 1") == 1


def test_all_or_none_keeps_nothing_when_one_record_fails(api: Api) -> None:
    records = [account(Name="Coll together"), account(Phone="no name"), account(Name="Coll together")]
    results = api("POST", PATH, json={"allOrNone": True, "records": records}).json()
    codes = [result["errors"][0]["statusCode"] for result in results]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert count(api, "Coll together") == 0


def test_records_are_updated_by_id_in_any_case_of_the_field(api: Api) -> None:
    ids = [api.create("Account", Name=f"Before {number}") for number in (1, 2)]
    records = [account(Id=ids[0], Name="Coll after"), account(id=ids[1], Name="Coll after"), account(Name="No id")]
    results = api("PATCH", PATH, json={"records": records}).json()
    assert [result.get("id") for result in results] == [*ids, None]
    assert results[2]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"
    assert count(api, "Coll after") == 2


def test_records_are_upserted_by_external_id(api: Api) -> None:
    api.create("Account", Name="Old", Customer_Key__c="Coll-U-1")
    records = [
        account(Customer_Key__c="Coll-U-1", Name="Coll upserted"),
        account(Customer_Key__c="Coll-U-2", Name="Coll upserted"),
    ]
    results = api("PATCH", f"{PATH}/Account/Customer_Key__c", json={"records": records}).json()
    assert [(result["success"], result["created"]) for result in results] == [(True, False), (True, True)]
    assert count(api, "Coll upserted") == 2


def test_an_upsert_by_id_without_an_id_creates(api: Api) -> None:
    answer = api("PATCH", f"{PATH}/Account/Id", json={"records": [account(Id=None, Name="Sitwell", AccountNumber="4")]})
    (result,) = answer.json()
    assert (result["success"], result["created"]) == (True, True)


def test_records_are_deleted_by_their_ids(api: Api) -> None:
    ids = [api.create("Account", Name="Coll to delete") for _ in range(2)]
    results = api("DELETE", PATH, params={"ids": ",".join([*ids, ids[0]]), "allOrNone": "false"}).json()
    assert [result["success"] for result in results] == [True, True, False]
    assert results[2]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"
    assert count(api, "Coll to delete") == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_records_are_read_in_the_order_of_the_ids_with_null_for_what_is_missing(api: Api, method: str) -> None:
    ids = [api.create("Account", Name=f"Read {number}") for number in (1, 2)]
    wanted = [ids[1], "001000000000000AAA", ids[0]]
    options: dict[str, Any] = (
        {"params": {"ids": ",".join(wanted), "fields": "Id,Name"}}
        if method == "GET"
        else {"json": {"ids": wanted, "fields": ["Id", "Name"]}}
    )
    second, missing, first = api(method, f"{PATH}/Account", **options).json()
    assert missing is None
    assert [(record["Id"], record["Name"]) for record in (first, second)] == [(ids[0], "Read 1"), (ids[1], "Read 2")]


def test_more_than_200_records_are_refused(api: Api) -> None:
    answer = api("POST", PATH, json={"records": [account(Name="Coll many")] * 201})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    assert count(api, "Coll many") == 0


def test_more_than_ten_chunks_of_objects_are_refused(api: Api) -> None:
    contact = {"attributes": {"type": "Contact"}, "LastName": "x"}
    answer = api("POST", PATH, json={"records": [account(Name="Chunk"), contact] * 6})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")


def test_one_call_costs_one_whatever_it_carries(org: RunningOrg, api: Api) -> None:
    api("POST", PATH, json={"records": [account(Name="Coll of 200")] * 200})
    assert org.control.calls()["api"] == 1
    assert count(api, "Coll of 200") == 200


def test_every_record_of_an_upsert_with_a_key_that_comes_twice_fails(api: Api) -> None:
    records = [
        account(Customer_Key__c="Coll-T-1", Name="Coll twice"),
        account(Customer_Key__c="Coll-T-2", Name="Coll twice"),
        account(Customer_Key__c="coll-t-1", Name="Coll twice"),
    ]
    first, good, second = api("PATCH", f"{PATH}/Account/Customer_Key__c", json={"records": records}).json()

    assert good["success"]
    assert first == {
        "success": False,
        "created": False,
        "errors": [
            {
                "statusCode": "DUPLICATE_VALUE",
                "message": "Duplicate external id specified: Coll-T-1",
                "fields": ["Customer_Key__c"],
            }
        ],
    }
    assert second["errors"][0]["message"] == "Duplicate external id specified: coll-t-1"
    assert count(api, "Coll twice") == 1


def test_every_record_of_an_update_with_an_id_that_comes_twice_fails(api: Api) -> None:
    ids = [api.create("Account", Name="Coll before") for _ in range(2)]
    records = [account(Id=record_id, Name="Coll by id") for record_id in (*ids, ids[0][:15])]
    first, good, second = api("PATCH", PATH, json={"records": records}).json()

    assert (first["success"], good["success"], second["success"]) == (False, True, False)
    assert first["errors"][0] == {
        "statusCode": "DUPLICATE_VALUE",
        "message": f"duplicate id in list: {ids[0]}",
        "fields": ["Id"],
    }
    assert count(api, "Coll by id") == 1


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PATCH", ""), ("PATCH", "/Account/Customer_Key__c")])
def test_a_record_without_attributes_fails_and_the_others_do_not(api: Api, method: str, path: str) -> None:
    record_id = api.create("Account", Name="Coll old", Customer_Key__c=f"Coll-A-{method}{len(path)}")
    identity = {"/Account/Customer_Key__c": {"Customer_Key__c": f"Coll-A-{method}{len(path)}"}}.get(
        path, {"Id": record_id}
    )
    if method == "POST":
        identity = {}
    records = [{**identity, "Name": "Coll bare"}, account(**identity, Name="Coll dressed")]
    bare, dressed = (
        api(method, PATH + path, json={"records": records[:1]}).json()
        + api(method, PATH + path, json={"records": records[1:]}).json()
    )

    assert dressed["success"]
    assert bare["success"] is False
    assert bare.get("created") is (False if path else None)
    assert bare["errors"] == [
        {
            "statusCode": "JSON_PARSER_ERROR",
            "message": (
                "Nested object for polymorphic foreign key must have an attributes field before any other fields."
            ),
            "fields": [],
        }
    ]
    assert count(api, "Coll bare") == 0


def test_a_failed_record_of_an_upsert_says_that_none_was_created(api: Api) -> None:
    records = [account(Customer_Key__c="Coll-F-1"), account(Customer_Key__c="Coll-F-2", Name="Coll F")]
    kept = api("PATCH", f"{PATH}/Account/Customer_Key__c", json={"records": records, "allOrNone": True}).json()

    assert [(result["success"], result["created"]) for result in kept] == [(False, False), (False, False)]


def test_a_parent_of_the_same_object_is_not_found_in_its_own_call(api: Api) -> None:
    records = [
        account(Customer_Key__c="Coll-P-1", Name="Coll parent"),
        account(Customer_Key__c="Coll-P-2", Name="Coll child", Parent={"Customer_Key__c": "Coll-P-1"}),
    ]
    parent, child = api("PATCH", f"{PATH}/Account/Customer_Key__c", json={"records": records}).json()
    (again,) = api("PATCH", f"{PATH}/Account/Customer_Key__c", json={"records": records[1:]}).json()

    assert parent["success"]
    assert child["errors"][0]["message"] == (
        "Foreign key external ID: Coll-P-1 not found for field Customer_Key__c in entity Account"
    )
    assert again["success"]


def test_a_parent_of_another_object_is_found_in_the_same_call(api: Api) -> None:
    contact = {"attributes": {"type": "Contact"}, "LastName": "x", "Account": {"Customer_Key__c": "Coll-P-3"}}
    records = [account(Customer_Key__c="Coll-P-3", Name="Coll parent"), contact]

    assert [result["success"] for result in api("POST", PATH, json={"records": records}).json()] == [True, True]


def test_many_records_are_read_with_as_many_statements_as_one(org: RunningOrg, api: Api) -> None:
    ids = [api.create("Account", Name=f"Coll read {number}") for number in range(6)]
    store = org.org._store

    def statements(some: list[str]) -> int:
        seen: list[str] = []
        listening = (store.engine, "before_cursor_execute", lambda *event: seen.append(event[2]))
        listen(*listening)
        records = api("POST", f"{PATH}/Account", json={"ids": some, "fields": ["Name"]}).json()
        remove(*listening)
        assert [record["Name"] for record in records] == [f"Coll read {ids.index(record_id)}" for record_id in some]
        return len(seen)

    assert statements([ids[1]]) == statements([ids[3], ids[0], ids[3], ids[5], ids[2]])
