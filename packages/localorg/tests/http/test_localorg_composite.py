from __future__ import annotations

from typing import Any

import requests
from http_api import Api

from localorg.server import RunningOrg

ROOT = "/services/data/v59.0"


def sub(reference: str, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "referenceId": reference,
        "method": method,
        "url": f"{ROOT}{path}",
        **({"body": body} if body else {}),
        **more,
    }


def run(api: Api, *requests: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    answer = api("POST", "/composite", json={"allOrNone": all_or_none, "compositeRequest": list(requests)})
    answer.raise_for_status()
    return list(answer.json()["compositeResponse"])


def test_a_later_call_uses_what_an_earlier_one_answered(api: Api) -> None:
    made, contact, found = run(
        api,
        sub("acc", "POST", "/sobjects/Account", {"Name": "Composed"}),
        sub("con", "POST", "/sobjects/Contact", {"LastName": "Composed", "AccountId": "@{acc.id}"}),
        sub("q", "GET", "/query?q=SELECT Id, Account.Name FROM Contact WHERE Id = '@{con.id}'"),
    )
    assert (made["httpStatusCode"], contact["httpStatusCode"], found["httpStatusCode"]) == (201, 201, 200)
    assert made["httpHeaders"]["Location"] == f"{ROOT}/sobjects/Account/{made['body']['id']}"
    assert found["body"]["records"][0]["Account"]["Name"] == "Composed"


def test_a_reference_may_lead_into_lists(api: Api) -> None:
    api.create("Account", Name="Listed")
    *_, read = run(
        api,
        sub("q", "GET", "/query?q=SELECT+Id+FROM+Account+WHERE+Name='Listed'"),
        sub("r", "GET", "/sobjects/Account/@{q.records[0].Id}?fields=Name"),
    )
    assert read["body"]["Name"] == "Listed"


def test_a_failed_call_does_not_stop_the_others_and_halts_those_that_refer_to_it(api: Api) -> None:
    failed, halted, fine = run(
        api,
        sub("bad", "POST", "/sobjects/Account", {"Phone": "1"}),
        sub("child", "POST", "/sobjects/Contact", {"LastName": "Child", "AccountId": "@{bad.id}"}),
        sub("fine", "POST", "/sobjects/Account", {"Name": "Fine"}),
    )
    assert failed["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert (halted["httpStatusCode"], halted["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")
    assert fine["httpStatusCode"] == 201


def test_all_or_none_takes_everything_back(api: Api) -> None:
    first, bad, last = run(
        api,
        sub("first", "POST", "/sobjects/Account", {"Name": "Rolled back"}),
        sub("bad", "POST", "/sobjects/Account", {"Phone": "1"}),
        sub("last", "POST", "/sobjects/Account", {"Name": "Rolled back"}),
        all_or_none=True,
    )
    assert [part["body"][0]["errorCode"] for part in (first, bad, last)] == [
        "PROCESSING_HALTED",
        "REQUIRED_FIELD_MISSING",
        "PROCESSING_HALTED",
    ]
    assert api.query("SELECT COUNT() FROM Account WHERE Name = 'Rolled back'")["totalSize"] == 0


def test_errors_inside_are_those_of_the_calls_themselves(api: Api) -> None:
    count, wrong, missing = run(
        api,
        sub("count", "GET", "/query/?q=select count() from Account"),
        sub("wrong", "GET", "/query/?q=select count() from XYZZY"),
        sub("missing", "GET", "/sobjects/Foo"),
    )
    assert count["body"]["records"] == []
    assert wrong["body"][0]["message"].startswith(
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21"
    )
    assert missing["body"] == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def test_an_address_that_is_none_fails_alone(api: Api) -> None:
    wrong, fine = run(api, {"referenceId": "wrong", "url": "http://[x"}, sub("fine", "GET", "/limits"))

    assert (wrong["httpStatusCode"], wrong["body"][0]["errorCode"]) == (404, "NOT_FOUND")
    assert fine["httpStatusCode"] == 200


def test_a_describe_that_is_known_answers_304_with_its_marks(api: Api) -> None:
    api("GET", "/sobjects")
    (known,) = run(
        api, sub("d", "GET", "/sobjects", httpHeaders={"If-Modified-Since": "Thu, 03 Sep 2037 21:35:07 GMT"})
    )
    assert (known["httpStatusCode"], known["body"]) == (304, None)
    assert set(known["httpHeaders"]) == {"ETag", "Last-Modified"}


def test_at_most_25_calls_and_five_queries_go_into_one(api: Api) -> None:
    reads = [sub(f"r{number}", "GET", "/limits") for number in range(26)]
    queries = [sub(f"q{number}", "GET", "/query?q=SELECT Id FROM Account LIMIT 1") for number in range(6)]
    for calls in (reads, queries):
        answer = api("POST", "/composite", json={"compositeRequest": calls})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")
    assert len(run(api, *queries[:5])) == 5


def test_a_composite_call_costs_one_and_a_batch_one_for_each(org: RunningOrg, api: Api) -> None:
    before = org.control.calls()["used"]
    run(api, *(sub(f"r{number}", "GET", "/limits") for number in range(3)))
    composed = org.control.calls()["used"] - before
    batch = {"batchRequests": [{"method": "GET", "url": "v59.0/limits"}, {"method": "GET", "url": "v59.0/nothing"}]}
    told = api("POST", "/composite/batch", json=batch).json()
    assert (composed, org.control.calls()["used"] - before) == (1, 3)
    assert told["hasErrors"] is True
    assert [result["statusCode"] for result in told["results"]] == [200, 404]


def test_a_tree_makes_parents_and_children_or_nothing(api: Api) -> None:
    def tree(last_name: str | None) -> dict[str, Any]:
        contact = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": last_name}
        account = {
            "attributes": {"type": "Account", "referenceId": "a"},
            "Name": "Tree",
            "Contacts": {"records": [contact]},
        }
        return {"records": [account]}

    good, bad = (api("POST", "/composite/tree/Account", json=tree(name)) for name in ("Leaf", None))
    assert good.status_code == 201
    assert [made["referenceId"] for made in good.json()["results"]] == ["a", "c"]
    assert bad.status_code == 400
    assert bad.json()["results"][0]["referenceId"] == "c"
    assert api.query("SELECT (SELECT Id FROM Contacts) FROM Account WHERE Name = 'Tree'")["totalSize"] == 1


def test_each_record_of_a_tree_has_a_reference_of_its_own(api: Api) -> None:
    def plant(*references: str) -> requests.Response:
        attributes = [{"type": "Account", **({"referenceId": name} if name else {})} for name in references]
        records = [{"attributes": each, "Name": "Referred to"} for each in attributes]
        return api("POST", "/composite/tree/Account", json={"records": records})

    answers = [plant("one", "one"), plant("one", "")]
    assert [answer.status_code for answer in answers] == [400, 400]
    errors = [answer.json()["results"][0]["errors"][0] for answer in answers]
    assert [(error["statusCode"], error["message"].split()[0]) for error in errors] == [
        ("INVALID_INPUT", "Duplicate"),
        ("INVALID_INPUT", "Include"),
    ]
    assert api.query("SELECT COUNT() FROM Account WHERE Name = 'Referred to'")["totalSize"] == 0
