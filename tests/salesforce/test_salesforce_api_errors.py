from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest
from simple_salesforce import Salesforce

from closedwon.errors import (
    AccessDenied,
    ClosedwonError,
    CredentialsRefused,
    OrgUnavailable,
    QuotaSpent,
    RequestRefused,
)
from closedwon.salesforce import bulk_query
from closedwon.salesforce import rest_query as query
from closedwon.salesforce.api_errors import to_error
from closedwon.salesforce.collections import write_in_collections
from closedwon.salesforce.describe import read_describe
from closedwon.salesforce.http_calls import call
from closedwon.salesforce.limits import read_limits
from closedwon.salesforce.probe import probe_changes
from closedwon.salesforce.query_model import Condition, Query
from closedwon.salesforce.rest_query import read_pages
from closedwon.salesforce.session import open_session, org_errors
from localorg.server import RunningOrg
from tests.salesforce.clients import Connect, quick, read_rows
from tests.salesforce.scripted import Scripted

ALL_ACCOUNTS = Query("Account", ("Id",))


def test_a_token_that_expires_midway_is_renewed_and_nothing_is_lost(
    org: RunningOrg, sf: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "RECORDS_PER_PAGE", 200)
    org.control.write_records("Account", [{"Name": str(number)} for number in range(250)])
    org.control.order("expire_tokens", "/query", skip=1, count=1)

    rows = read_rows(read_pages(sf, ALL_ACCOUNTS))

    assert len({row["Id"] for row in rows}) == 250
    assert org.control.count_calls("/oauth2/token") == 2


@pytest.mark.parametrize("call_with_old_token", ["jobs/query$", "jobs/query/750[^/]*$", "results"])
def test_a_token_that_expires_during_a_bulk_job_is_renewed(
    org: RunningOrg, sf: Salesforce, call_with_old_token: str
) -> None:
    org.control.write_records("Account", [{"Name": "a"}, {"Name": "b"}])
    org.control.order("expire_tokens", rf"{call_with_old_token.replace('$', '[?]?$')}", count=1)

    job_id = bulk_query.start_job(sf, ALL_ACCOUNTS)
    bulk_query.await_job(sf, job_id)

    assert len(read_rows(bulk_query.read_pages(sf, job_id))) == 2
    assert org.control.count_calls("/oauth2/token") == 2


def test_a_token_that_is_refused_after_its_renewal_is_fatal(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("expire_tokens", "/limits", count=None)

    with pytest.raises(CredentialsRefused, match="INVALID_SESSION_ID: 'Session expired or invalid'"):
        read_limits(sf)
    assert org.control.count_calls("/oauth2/token") == 2


def test_a_session_id_cannot_be_renewed_and_the_message_says_what_to_use_instead(org: RunningOrg) -> None:
    session = quick(open_session(login_host=org.base_url))
    sf = Salesforce(session=session, session_id=org.access_token(), instance_url=org.base_url)
    org.control.order("expire_tokens", "/limits", count=1)

    with pytest.raises(CredentialsRefused, match="instead of a session id"):
        read_limits(sf)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"consumer_secret": "oops-secret"}, "invalid_client"), ({"consumer_key": "nobody"}, "invalid_client_id")],
)
def test_wrong_credentials_are_fatal_and_stay_secret(
    org: RunningOrg, connect: Connect, wrong: dict[str, str], code: str
) -> None:
    with pytest.raises(CredentialsRefused, match=f"{code}.*consumer secret") as caught:
        connect(org, **wrong)

    assert "oops-secret" not in "".join(traceback.format_exception(caught.value))
    assert org.control.count_calls("/oauth2/token") == 1


def test_a_connection_that_lacks_what_a_login_needs_is_refused() -> None:
    with pytest.raises(CredentialsRefused, match="consumer key"), org_errors("log in"):
        Salesforce(session=open_session(), domain="mycompany.my")


def test_a_spent_quota_can_heal_and_is_not_hammered(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("quota", "", count=None)

    with pytest.raises(QuotaSpent, match=r"REQUEST_LIMIT_EXCEEDED: 'TotalRequests Limit exceeded\.'"):
        read_limits(sf)
    assert sf.session.calls == 1


NO_API = "The REST API is not enabled for this Organization."


def test_Planhat_3_an_edition_without_api_fails_at_once_with_the_orgs_words_and_says_to_upgrade_the_plan(
    org: RunningOrg, sf: Salesforce
) -> None:
    org.control.order("status", "", count=None, status=403, code="API_DISABLED_FOR_ORG", message=NO_API)

    with pytest.raises(AccessDenied, match=f"API_DISABLED_FOR_ORG: '{NO_API}'.*Upgrade the plan"):
        read_limits(sf)

    assert sf.session.calls == 1


def test_Autotask_4_an_org_below_enterprise_is_told_which_editions_have_the_api(
    org: RunningOrg, sf: Salesforce
) -> None:
    org.control.order("status", "", count=None, status=403, code="API_DISABLED_FOR_ORG", message=NO_API)

    with pytest.raises(AccessDenied, match=r"The org's edition has no API.*Enterprise or above, or .*Web Services API"):
        read_limits(sf)


def test_a_message_names_path_and_object_but_no_value_of_the_query(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("status", "/query", status=400, code="MALFORMED_QUERY", message="unexpected token: x")

    with pytest.raises(RequestRefused) as caught:
        list(read_pages(sf, Query("Account", ("Id",), (Condition("Name", "IN", ("Hush Ltd",)),))))

    assert "MALFORMED_QUERY: 'unexpected token: x' (HTTP 400, GET queryAll, Account)" in str(caught.value)
    assert "Hush" not in str(caught.value)


def test_a_record_that_is_gone_is_refused_in_salesforces_own_words(org: RunningOrg, sf: Salesforce) -> None:
    (account_id,) = org.control.write_records("Account", [{"Name": "Acme"}])
    sf.Account.delete(account_id)

    with pytest.raises(RequestRefused, match="ENTITY_IS_DELETED: 'entity is deleted'"):
        call(sf, "PATCH", f"sobjects/Account/{account_id}", json={"Name": "New"}, about="Account")


ODD_BODIES = [b"[]", b'["a"]', b"{}", b'"text"', b"null", b"12", b"", b"<html>Sign in to the network</html>"]


@pytest.mark.parametrize("body", ODD_BODIES)
@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda sf: read_describe(sf, "Account"), id="describe"),
        pytest.param(read_limits, id="limits"),
        pytest.param(lambda sf: list(read_pages(sf, ALL_ACCOUNTS)), id="query"),
        pytest.param(lambda sf: bulk_query.start_job(sf, ALL_ACCOUNTS), id="bulk query"),
        pytest.param(lambda sf: bulk_query.await_job(sf, "750"), id="bulk job"),
        pytest.param(lambda sf: probe_changes(sf, {"accounts": ALL_ACCOUNTS}, {}), id="probe"),
        pytest.param(lambda sf: write_in_collections(sf, "Account", "Id", [{"Id": "001", "Name": "a"}]), id="write"),
    ],
)
def test_an_answer_of_another_form_than_salesforces_is_quoted_and_can_be_asked_for_again(
    read: Callable[[Salesforce], object], body: bytes
) -> None:
    with Scripted([(200, {}, body)] * 3) as other:
        session = quick(open_session(login_host=other.url))
        sf = Salesforce(session=session, session_id="token", instance_url=other.url)

        with pytest.raises(OrgUnavailable, match="The org"):
            read(sf)


@pytest.mark.parametrize("body", ODD_BODIES)
@pytest.mark.parametrize("status", [200, 400, 403, 503])
def test_a_login_page_that_answers_in_another_form_than_salesforces_raises_an_error_of_ours(
    status: int, body: bytes
) -> None:
    with Scripted([(status, {}, body)] * 3) as other:
        session = quick(open_session(login_host=other.url))
        with pytest.raises(ClosedwonError, match=r"log in|oauth2/token"), org_errors("log in"):
            Salesforce(session=session, consumer_key="closedwon", consumer_secret="local-only", domain="localorg")


@pytest.mark.parametrize("body", ODD_BODIES)
@pytest.mark.parametrize("status", [200, 500])
def test_a_soap_login_that_is_answered_in_another_form_than_salesforces_raises_an_error_of_ours(
    status: int, body: bytes
) -> None:
    with Scripted([(status, {}, body)] * 3) as other:
        session = quick(open_session(login_host=other.url))
        with pytest.raises(ClosedwonError, match=r"log in|Soap/u"), org_errors("log in"):
            Salesforce(session=session, username="me", password="secret", security_token="t", domain="localorg")


def test_a_page_that_answers_the_login_in_the_orgs_place_is_quoted_and_worth_a_retry() -> None:
    with Scripted([(200, {}, b"<html>Sign in to the network</html>")] * 3) as other:
        session = quick(open_session(login_host=other.url))
        with pytest.raises(OrgUnavailable, match=r"'<html>Sign in to the network</html>'.*proxy"):
            Salesforce(session=session, consumer_key="closedwon", consumer_secret="local-only", domain="localorg")


def test_an_external_id_with_two_owners_is_never_guessed(org: RunningOrg, sf: Salesforce) -> None:
    org.control.write_records(
        "Delivery_Project__c", [{"Name": "a", "Legacy_ID__c": "7"}, {"Name": "b", "Legacy_ID__c": "7"}]
    )

    with pytest.raises(RequestRefused, match=r"HTTP 300.*More than one record"):
        call(sf, "PATCH", "sobjects/Delivery_Project__c/Legacy_ID__c/7", json={"Hours__c": 1})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (403, b'[{"message":"no","errorCode":"INSUFFICIENT_ACCESS_OR_READONLY"}]', AccessDenied),
        (400, b'[{"message":"slow","errorCode":"QUERY_TIMEOUT"}]', OrgUnavailable),
        (400, b'[{"message":"gone","errorCode":"INVALID_QUERY_LOCATOR"}]', OrgUnavailable),
        (400, b'[{"message":"Max bulk v2 query jobs (10000)","errorCode":"LIMIT_EXCEEDED"}]', QuotaSpent),
        (302, b"", RequestRefused),
        (410, b'[{"message":"retired","errorCode":"GONE"}]', RequestRefused),
        (414, b"<html>URI Too Long</html>", RequestRefused),
        (502, b"<html>Bad Gateway</html>", OrgUnavailable),
        (500, b"", OrgUnavailable),
    ],
)
def test_what_an_answer_means_follows_from_its_code_before_its_status(
    status: int, body: bytes, expected: type[ClosedwonError]
) -> None:
    assert type(to_error(status, body, "GET limits")) is expected
