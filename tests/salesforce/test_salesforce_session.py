from __future__ import annotations

import gzip
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
from simple_salesforce import Salesforce

from closedwon.errors import AccessDenied, CredentialsRefused, OrgUnavailable
from closedwon.salesforce import bulk_query, tries
from closedwon.salesforce import rest_query as query
from closedwon.salesforce.bulk_ingest import write_in_bulk
from closedwon.salesforce.describe import read_describe
from closedwon.salesforce.limits import read_limits
from closedwon.salesforce.query_model import Query
from closedwon.salesforce.rest_query import read_pages
from closedwon.salesforce.session import open_session, org_errors
from localorg.server import RunningOrg, running_org
from tests.conftest import free_port
from tests.salesforce.clients import Connect, quick
from tests.salesforce.scripted import Scripted

ACCOUNTS = Query("Account", ("Id",))


def test_an_org_with_a_certificate_of_its_own_is_trusted_by_its_ca_file_whatever_the_environment_says(
    tmp_path: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")
    with running_org(tmp_path / "org", tls=True) as org:
        sf = connect(org, ca_file=str(org.ca_file))
        sf.session.trust_env = True

        assert read_describe(sf, "Account")["name"] == "Account"


def test_a_certificate_that_nobody_vouches_for_is_fatal_and_nothing_is_sent(tmp_path: Path, connect: Connect) -> None:
    with running_org(tmp_path / "org", tls=True) as org:
        with pytest.raises(AccessDenied, match="ca_file"):
            connect(org)

        assert org.control.calls()["total"] == 0


@pytest.mark.parametrize(
    "login_host", ["http://example.com", "https://example.com/path", "https://user@example.com", "example.com", ""]
)
def test_a_login_host_that_would_leak_the_secret_is_refused(login_host: str) -> None:
    with pytest.raises(CredentialsRefused, match="Login host"):
        open_session(login_host=login_host)


@pytest.mark.parametrize("domain", ["evil.example/", "evil.example?x=", "evil.example#", "user@evil.example/", "a b"])
def test_credentials_go_to_salesforce_only_whatever_the_domain_says(domain: str) -> None:
    session = quick(open_session())

    with pytest.raises(CredentialsRefused, match="domain"):
        Salesforce(session=session, consumer_key="closedwon", consumer_secret="local-only", domain=domain)


def test_an_entry_in_netrc_does_not_replace_the_token(
    org: RunningOrg, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    sf = connect(org)
    sf.session.trust_env = True

    assert read_limits(sf)["DailyApiRequests"].maximum == 100_000


def test_api_calls_are_counted_and_the_orgs_usage_is_known(org: RunningOrg, sf: Salesforce) -> None:
    before = (sf.session.calls, sf.session.used)

    read_limits(sf)
    read_describe(sf, "Account")

    assert before == (0, None)
    assert sf.session.calls == org.control.calls()["api"] == 2
    assert (sf.session.used, sf.session.maximum) == (2, 100_000)


@pytest.mark.parametrize("kind", ["status", "reset", "truncate"])
def test_a_read_that_fails_once_or_twice_is_repeated(org: RunningOrg, sf: Salesforce, kind: str) -> None:
    org.control.order(kind, "/limits", count=2)

    assert read_limits(sf)["DailyApiRequests"].maximum == 100_000
    assert sf.session.calls == 3


def test_a_login_that_fails_once_is_repeated(org: RunningOrg, connect: Connect) -> None:
    org.control.order("status", "/oauth2/token", count=1)

    assert read_limits(connect(org))


@pytest.mark.parametrize("kind", ["status", "reset", "truncate"])
def test_an_org_that_stays_away_is_given_up_after_three_tries(org: RunningOrg, sf: Salesforce, kind: str) -> None:
    org.control.order(kind, "/limits", count=None)

    with pytest.raises(OrgUnavailable, match="limits"):
        read_limits(sf)
    assert sf.session.calls == 3


def test_an_org_that_never_answers_is_given_up_in_time(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("hang", "/limits", count=None)
    sf.session.read_timeout_s = 0.05

    with pytest.raises(OrgUnavailable, match="Read timed out"):
        read_limits(sf)


def test_an_org_that_cannot_be_reached_is_named(connect: Connect) -> None:
    nowhere: Any = type("Nowhere", (), {"base_url": f"http://127.0.0.1:{free_port()}"})

    with pytest.raises(OrgUnavailable, match=r"Connection refused.*POST 127\.0\.0\.1:\d+/services/oauth2/token"):
        connect(nowhere)


def test_a_write_that_could_double_is_not_repeated(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("status", "/jobs/ingest", count=None)

    with pytest.raises(OrgUnavailable, match="SERVER_UNAVAILABLE"):
        write_in_bulk(sf, "Account", "Id", [{"Id": "001000000000001AAA"}], remember=print)
    assert sf.session.calls == 1


def test_a_page_that_was_cut_is_read_again_whole(
    org: RunningOrg, sf: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "RECORDS_PER_PAGE", 200)
    org.control.write_records("Account", [{"Name": f"Account {number}"} for number in range(250)])
    org.control.order("truncate", "/query", skip=1, count=1)

    pages = list(read_pages(sf, ACCOUNTS))

    assert [page.records for page in pages] == [200, 50]
    assert len({row for page in pages for row in gzip.decompress(page.data).split()[1:]}) == 250


def test_a_pause_that_the_org_asks_for_is_kept() -> None:
    with Scripted([(503, {"Retry-After": "7"}, b"[]"), (200, {}, b"{}")]) as scripted:
        pauses: list[float] = []
        session = open_session(login_host=scripted.url)
        session.pause = pauses.append

        session.request("GET", f"{scripted.url}/services/data/v62.0/limits", headers={"Authorization": "Bearer x"})

    assert pauses == [7.0]


def test_a_pause_that_is_too_long_is_left_to_the_tasks_retry() -> None:
    with Scripted([(503, {"Retry-After": "3600"}, b"[]")]) as scripted:
        session = quick(open_session(login_host=scripted.url))

        with pytest.raises(OrgUnavailable, match="HTTP 503"):
            session.request("GET", f"{scripted.url}/services/data/v62.0/limits", headers={"Authorization": "Bearer x"})

    assert session.calls == 1


@pytest.fixture
def log_of_tries(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(tries.log, "disabled", False)  # as Airflow's own settings of the log may have left it
    return caplog


def test_the_log_says_of_a_failed_try_what_was_asked_and_answered_and_when_the_next_one_is_made_but_no_value(
    log_of_tries: pytest.LogCaptureFixture,
) -> None:
    busy = b'[{"errorCode": "SERVER_UNAVAILABLE", "message": "No time for ada@lovelace.example"}]'
    proxy = b'{"error": "ada@lovelace.example is blocked"}'
    answers = [(503, {"Retry-After": "7"}, busy), (502, {"Retry-After": "8"}, proxy), (200, {}, b"{}")]
    with Scripted(answers) as scripted:
        session = quick(open_session(login_host=scripted.url))
        where = {"q": "SELECT Id FROM Contact WHERE Email = 'ada@lovelace.example'"}

        url = f"{scripted.url}/services/data/v62.0/query"
        session.request("GET", url, params=where, headers={"Authorization": "Bearer secret"})

    assert log_of_tries.messages == [
        "GET /services/data/v62.0/query: HTTP 503 SERVER_UNAVAILABLE. Try 1 of 3; the next one follows in 7.0 s.",
        "GET /services/data/v62.0/query: HTTP 502. Try 2 of 3; the next one follows in 8.0 s.",
    ]


@pytest.mark.parametrize(
    ("kind", "seen"), [("reset", "ConnectionError"), ("truncate", "HTTP 200, an answer that cannot be used")]
)
def test_the_log_names_the_network_error_or_the_answer_because_of_which_results_are_read_again(
    org: RunningOrg, sf: Salesforce, log_of_tries: pytest.LogCaptureFixture, kind: str, seen: str
) -> None:
    org.control.write_records("Account", [{"Name": f"Account {number}"} for number in range(500)])
    job_id = bulk_query.start_job(sf, ACCOUNTS)
    bulk_query.await_job(sf, job_id)
    org.control.order(kind, "/results", count=1)

    list(bulk_query.read_pages(sf, job_id))

    (line,) = log_of_tries.messages
    assert line.startswith(f"GET /services/data/v62.0/jobs/query/{job_id}/results: {seen}. Try 1 of 3; ")


def test_a_wrong_password_is_not_tried_again_though_a_soap_login_says_500_to_it() -> None:
    fault = b"<f xmlns:sf='x'><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode></f>"
    with Scripted([(500, {}, fault)]) as scripted:
        session = quick(open_session(login_host=scripted.url))

        with pytest.raises(CredentialsRefused, match="INVALID_LOGIN"), org_errors("log in"):
            Salesforce(session=session, username="a@b.example", password="c", security_token="d")

    assert len(scripted.asked) == 1


def test_a_ca_file_that_is_not_there_is_named() -> None:
    with pytest.raises(AccessDenied, match=r"ca_file '/nowhere/ca.pem' is not a file"):
        open_session(ca_file="/nowhere/ca.pem")


def test_an_org_that_cannot_be_reached_is_reported_without_the_frames_of_http_libraries() -> None:
    session = quick(open_session(login_host=f"http://127.0.0.1:{free_port()}"))

    with pytest.raises(OrgUnavailable, match="gave no whole answer") as refused, org_errors("log in"):
        Salesforce(session=session, consumer_key="closedwon", consumer_secret="local-only", domain="localorg")

    assert "urllib3" not in "".join(format_exception(refused.value))
