from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from http_api import Api

from localorg.server import RunningOrg, running_org

OBJECTS = """
objects:
  Lead:
    duplicates:
      Same_Mail: {match: [Email], action: alert}
    rules:
      Named: {when: 'Company = "None"', message: 'Who is it, "really"?', field: Company}
      Titled: {when: 'Title = "None"', message: Everybody has one}
"""


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    folder = tmp_path_factory.mktemp("rights")
    (folder / "objects.yaml").write_text(OBJECTS, encoding="utf-8")
    with running_org(folder / "state", objects=folder / "objects.yaml") as org:
        yield org


@pytest.fixture
def leads(ruled: RunningOrg) -> Api:
    return Api(ruled)


INSIST = {"Sforce-Duplicate-Rule-Header": "allowSave = True; includeRecordDetails=false"}


def lead(mail: str, **fields: str) -> dict[str, str]:
    return {"LastName": "Doe", "Company": "Acme", "Email": mail, **fields}


def test_a_broken_rule_answers_400_with_the_text_and_the_field(leads: Api) -> None:
    answer = leads("POST", "/sobjects/Lead", json=lead("a@x.example", Company="None"))

    assert answer.status_code == 400
    told = {"message": 'Who is it, "really"?', "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Company"]}
    assert answer.json() == [told]


def test_the_error_lists_all_broken_rules_at_once(leads: Api) -> None:
    record = lead("z@x.example", Company="None", Title="None")
    single = leads("POST", "/sobjects/Lead", json=record).json()
    collection = {"records": [{"attributes": {"type": "Lead"}, **record}]}
    (result,) = leads("POST", "/composite/sobjects", json=collection).json()

    assert [error["message"] for error in single] == ['Who is it, "really"?', "Everybody has one"]
    assert [error["fields"] for error in single] == [["Company"], []]
    assert [error["statusCode"] for error in result["errors"]] == ["FIELD_CUSTOM_VALIDATION_EXCEPTION"] * 2


def test_the_header_lets_a_duplicate_pass_in_each_kind_of_write(leads: Api) -> None:
    first = leads.create("Lead", **lead("b@x.example"))
    other = leads.create("Lead", **lead("c@x.example"))
    refused = leads("POST", "/sobjects/Lead", json=lead("b@x.example"))
    made = leads("POST", "/sobjects/Lead", json=lead("b@x.example"), headers=INSIST)
    changes = {"Email": "b@x.example"}
    patched = [leads("PATCH", f"/sobjects/Lead/{other}", json=changes, headers=h).status_code for h in ({}, INSIST)]

    assert refused.status_code == 400
    assert (refused.json()[0]["errorCode"], refused.json()[0]["message"]) == (
        "DUPLICATES_DETECTED",
        "Use one of these records?",
    )
    assert (made.status_code, patched) == (201, [400, 204])
    assert leads.query("SELECT COUNT() FROM Lead WHERE Email = 'b@x.example'")["totalSize"] == 3
    assert first != made.json()["id"]


def test_the_error_for_a_duplicate_lists_the_records_that_exist(leads: Api) -> None:
    there = [leads.create("Lead", **lead("twin@x.example"))]
    there.append(leads("POST", "/sobjects/Lead", json=lead("TWIN@x.example"), headers=INSIST).json()["id"])
    (error,) = leads("POST", "/sobjects/Lead", json=lead("twin@x.example")).json()

    assert list(error) == ["duplicateResut", "errorCode", "message"]
    result = error["duplicateResut"]
    assert (result["allowSave"], result["duplicateRule"]) == (True, "Same_Mail")
    (matched,) = result["matchResults"]
    records = [match["record"] for match in matched["matchRecords"]]
    assert [record["Id"] for record in records] == there
    assert records[0]["attributes"] == {"type": "Lead", "url": f"/services/data/v59.0/sobjects/Lead/{there[0]}"}
    assert matched["size"] == 2


def test_the_header_works_for_collections_and_inside_a_composite_call(leads: Api) -> None:
    leads.create("Lead", **lead("d@x.example"))
    record = {"attributes": {"type": "Lead"}, **lead("d@x.example")}
    collection = {"records": [record, {**record, "Email": "e@x.example"}]}
    refused = leads("POST", "/composite/sobjects", json=collection).json()
    made = leads("POST", "/composite/sobjects", json={"records": [record]}, headers=INSIST).json()
    inner = {"method": "POST", "url": "/services/data/v59.0/sobjects/Lead", "body": lead("d@x.example")}
    calls = [{**inner, "referenceId": "a"}, {**inner, "referenceId": "b", "httpHeaders": INSIST}]
    composite = leads("POST", "/composite", json={"compositeRequest": calls}).json()["compositeResponse"]

    error = {"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": []}
    assert refused[0] == {"success": False, "errors": [error]}
    assert refused[1]["success"] is True
    assert made[0]["success"] is True
    assert [part["httpStatusCode"] for part in composite] == [400, 201]


def test_the_header_works_for_trees(leads: Api) -> None:
    leads.create("Lead", **lead("t@x.example"))
    body = {"records": [{"attributes": {"type": "Lead", "referenceId": "a"}, **lead("t@x.example")}]}
    answers = [leads("POST", "/composite/tree/Lead", json=body, headers=headers) for headers in ({}, INSIST)]

    assert [answer.status_code for answer in answers] == [400, 201]
    assert answers[0].json()["results"][0]["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"


def test_the_error_names_the_place_of_a_value_of_another_type(leads: Api) -> None:
    body = b'{\n  "LastName": "x",\n  "annualRevenue": {"a": 1}\n}'
    answer = leads("POST", "/sobjects/Lead", data=body, headers={"Content-Type": "application/json"})

    message = (
        "Cannot deserialize instance of currency from START_OBJECT value { or request may be missing a required field"
        " at [line:3, column:21]"
    )
    assert (answer.status_code, answer.json()) == (400, [{"message": message, "errorCode": "JSON_PARSER_ERROR"}])


def test_a_value_of_another_type_spoils_a_whole_collection(leads: Api) -> None:
    records = [{"attributes": {"type": "Lead"}, **lead(f"{n}@y.example")} for n in range(2)]
    records[1]["AnnualRevenue"] = ""
    answer = leads("POST", "/composite/sobjects", json={"records": records})
    found = leads.query("SELECT COUNT() FROM Lead WHERE Email LIKE '%@y.example'")

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert answer.json()[0]["message"].endswith(" at [Source: N/A; line: -1, column: -1][line:-1, column:-1]")
    assert found["totalSize"] == 0


def test_rights_and_locks_are_set_by_the_control_api(ruled: RunningOrg, leads: Api) -> None:
    record_id = leads.create("Lead", **lead("f@x.example"))
    etag = leads("GET", "/sobjects/Lead/describe").headers["ETag"]
    ruled.control.set_access("Lead.Fax", "hidden")
    described = leads("GET", "/sobjects/Lead/describe", headers={"If-None-Match": etag})
    ruled.control.set_access("Lead.Fax", None)
    locked = ruled.control.lock_records([record_id[:15]])
    refused = leads("PATCH", f"/sobjects/Lead/{record_id}", json={"Fax": "1"})
    ruled.control.unlock_records()

    assert described.status_code == 200
    assert "Fax" not in {field["name"] for field in described.json()["fields"]}
    assert locked == [record_id]
    assert refused.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert leads("PATCH", f"/sobjects/Lead/{record_id}", json={"Fax": "1"}).status_code == 204


def test_a_right_that_does_not_exist_is_refused(ruled: RunningOrg) -> None:
    with pytest.raises(RuntimeError, match="INVALID_ACCESS"):
        ruled.control.set_access("Lead", "writeonly")
    with pytest.raises(RuntimeError, match="NOT_FOUND"):
        ruled.control.set_access("Lead.Foo", "hidden")


def test_a_file_whose_formula_is_wrong_stops_the_start_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text("objects: {Lead: {fields: {F__c: {type: text, formula: 'Nmae'}}}}", encoding="utf-8")

    with pytest.raises(ValueError, match=r"Lead: F__c: No such column 'Nmae'"), running_org(tmp_path, objects=file):
        pass
