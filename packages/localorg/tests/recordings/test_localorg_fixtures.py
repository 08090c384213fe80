"""Fixtures of clients, most of them trimmed real answers: the same keys and types, where orgs still answer so."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from recorded_material import RECORDED, fixture
from recorded_shapes import differences, without_formats
from replayed_org import Replayed

from localorg.state.tokens import Credentials

NEVER_OF_OURS = re.compile(
    r"_Label\b|__r\b|__c\b|Whizbang|DateTime_|Auto_Number|External_Field|\.My |\.TEST APP|\.Limits"
)
"""Fields and connected apps that only the fixture's own org had."""
LEFT_OUT = {
    "list_view_results_success_response.json": "list views belong to pages, and no pipeline reads them",
    "MockConfig.json": "the client's own configuration",
    "MockAccountMissingURLAttribute.json": "broken on purpose, no JSON",
}
TOO_OLD = {
    "describe_sobjects_success_response.json",
    "reauth_success_response.json",
    "refresh_success_response.json",
    "query_success_response.json",
    "sobject_describe_success_response.json",
    "sobject_find_success_response.json",
    "sobject_select_success_response.json",
}
"""Made up around an object Whizbang, or the same as another one: nothing to learn beside the live recordings."""
KNOWN = Credentials()
Ask = Callable[[Replayed], requests.Response]
pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the clients' fixtures (../shared/material) are not here")


def ask(method: str, path: str, **options: Any) -> Ask:
    """A call below /services/data/v59.0, or of another version where the path begins with one."""
    version = "" if path.startswith("/v") else "/v59.0"

    def send(org: Replayed) -> requests.Response:
        return org.http.request(method, f"{org.url}/services/data{version}{path}", timeout=20, **options)

    return send


def token(**form: str) -> Ask:
    known = {"client_id": KNOWN.key, "client_secret": KNOWN.secret, "username": KNOWN.username}

    def send(org: Replayed) -> requests.Response:
        return requests.post(f"{org.url}/services/oauth2/token", data={**known, **form}, timeout=20)

    return send


def query(soql: str) -> Ask:
    return ask("GET", "/query", params={"q": soql})


def second_page(org: Replayed) -> requests.Response:
    first = query("SELECT Name FROM CustomObject__c")(org).json()
    return org.http.get(org.url + first["nextRecordsUrl"], timeout=20)


def versions(org: Replayed) -> requests.Response:
    return requests.get(f"{org.url}/services/data", timeout=20)


def identity(org: Replayed) -> requests.Response:
    return org.http.get(f"{org.url}/id/{org.org.organization_id}/{org.org.admin_user_id}", timeout=20)


def without_token(org: Replayed) -> requests.Response:
    headers = {"Authorization": "Bearer no-such-token"}
    return requests.get(f"{org.url}/services/data/v59.0/limits", headers=headers, timeout=20)


ACCOUNT, CONTACT = "001Lo0000000009IAA", "003Lo0000000009IAA"
SINCE = {"start": "2026-01-09T00:00:00Z", "end": "2026-01-21T00:00:00Z"}
FIXTURES: dict[str, tuple[int, Ask]] = {
    "expired_session_response.json": (401, without_token),
    "auth_success_response.json": (200, token(grant_type="password", password=KNOWN.secret)),
    "auth_error_response.json": (400, token(grant_type="password", password="wrong")),
    "refresh_error_response.json": (400, token(grant_type="refresh_token", refresh_token="expired")),
    "services_data_success_response.json": (200, versions),
    "create_success_response.json": (201, ask("POST", "/sobjects/Account", json={"Name": "New"})),
    "delete_error_response.json": (404, ask("DELETE", "/sobjects/Account/rid/1")),
    "upsert_error_response.json": (404, ask("PATCH", "/sobjects/Account/Namez/1", json={})),
    "sobject_find_error_response.json": (404, ask("GET", "/sobjects/Account/Namez/23foo")),
    "sobject_describe_error_response.json": (404, ask("GET", "/sobjects/Whizbang/describe")),
    "write_error_response.json": (400, ask("POST", "/sobjects/Account", json={"Name": "A", "foo": 1})),
    "query_error_response.json": (400, query("SELECT Foo FROM Account")),
    "search_error_response.json": (400, ask("GET", "/search", params={"q": "foo"})),
    "query_empty_response.json": (200, query("SELECT Id FROM Campaign")),
    "org_query_response.json": (200, query("SELECT Id FROM Organization")),
    "query_paginated_first_page_response.json": (200, query("SELECT Name FROM CustomObject__c")),
    "query_paginated_last_page_response.json": (200, second_page),
    "query_aggregate_success_response.json": (
        200,
        query("SELECT CampaignId, SUM(Amount) FROM Opportunity GROUP BY CampaignId"),
    ),
    "MockAggregateQueryResult.json": (
        200,
        query("SELECT WhatId, ActivityDate, Status, COUNT(Id) MyCount FROM Task GROUP BY WhatId, ActivityDate, Status"),
    ),
    "list_sobjects_success_response.json": (200, ask("GET", "/sobjects")),
    "get_updated_success_response.json": (200, ask("GET", "/sobjects/Account/updated", params=SINCE)),
    "get_deleted_success_response.json": (200, ask("GET", "/sobjects/Account/deleted", params=SINCE)),
    "recent_success_response.json": (200, ask("GET", "/recent")),
    "search_success_response.json": (200, ask("GET", "/v36.0/search", params={"q": "FIND {Acme} RETURNING Account"})),
    "MockSearchResults.json": (
        200,
        ask(
            "GET",
            "/search",
            params={
                "q": "FIND {Acme} RETURNING Contact(FirstName, LastName, Department), Account("
                "Name, BillingCity, NumberOfEmployees), Case(CaseNumber)"
            },
        ),
    ),
    "upsert_created_success_response.json": (
        201,
        ask("PATCH", "/v31.0/sobjects/CustomObject__c/SynchronizationId__c/new", json={}),
    ),
    "upsert_updated_success_response.json": (
        204,
        ask("PATCH", "/v31.0/sobjects/CustomObject__c/SynchronizationId__c/old", json={}),
    ),
    "upsert_multiple_error_response.json": (300, ask("GET", "/sobjects/CustomObject__c/Twice__c/same")),
    "MockAccount.json": (200, ask("GET", f"/sobjects/Account/{ACCOUNT}")),
    "MockAccountMetadata.json": (200, ask("GET", "/sobjects/Account/describe")),
    "MockIdentity.json": (200, identity),
    "MockLimits.json": (200, ask("GET", "/v55.0/limits")),
}


@pytest.fixture(scope="module")
def filled(server: Replayed) -> Replayed:
    """An org with the records that the calls find, written in January 2026."""
    server.renew()
    server.instance.clock.hold(datetime(2026, 1, 21, tzinfo=UTC))
    org = server.org
    stamp = {"CreatedDate": "2026-01-10T00:00:00Z"}
    org.insert_many(
        "Account", [{"Id": ACCOUNT, "Name": "Acme", "BillingCity": "Bern", "NumberOfEmployees": 1, **stamp}]
    )
    org.insert_many("Contact", [{"Id": CONTACT, "LastName": "Acme", "AccountId": ACCOUNT}])
    org.insert_many("Opportunity", [{"Name": "Deal", "Amount": 300, "CampaignId": None}])
    org.insert_many(
        "Task", [{"Subject": "Call", "Status": "Deferred", "ActivityDate": "2017-10-15"}, {"Subject": "Call"}]
    )
    rows = [{"Name": str(i), "SynchronizationId__c": "old" if i == 0 else None} for i in range(2_001)]
    org.insert_many("Case", [{"Subject": "Acme complains"}])
    org.lifecycle.delete("Account", org.create("Account", {"Name": "Gone"}))
    org.insert_many("CustomObject__c", [*rows, *({"Name": "Twin", "Twice__c": "same"} for _ in range(2))])
    return server


@pytest.mark.parametrize("name", FIXTURES)
def test_an_answer_has_what_the_clients_fixture_of_it_has(filled: Replayed, name: str) -> None:
    status, send = FIXTURES[name]

    answer = send(filled)

    assert answer.status_code == status, answer.text
    ours = answer.json() if answer.content else None
    told = differences(without_formats(fixture(name)), without_formats(ours), may_have_less=True)
    assert [line for line in told if not NEVER_OF_OURS.search(line)] == []


def test_every_fixture_is_compared_or_left_out_for_a_reason() -> None:
    known = set(FIXTURES) | set(LEFT_OUT) | TOO_OLD
    files = [*(RECORDED / "restforce").rglob("*.json"), *(RECORDED / "swiftlysalesforce").rglob("*.json")]

    assert sorted(file.name for file in files if file.name not in known) == []
    assert (len(FIXTURES), len(LEFT_OUT), len(TOO_OLD)) == (32, 3, 7)
