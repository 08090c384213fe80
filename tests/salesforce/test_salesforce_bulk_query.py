from __future__ import annotations

import gzip

import pytest
from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce import bulk_jobs, bulk_query, rest_query
from closedwon.salesforce.bulk_jobs import JobLost
from closedwon.salesforce.bulk_query import RowCount
from closedwon.salesforce.query_model import Query
from closedwon.salesforce.rest_query import Page
from localorg.server import RunningOrg
from tests.salesforce.clients import read_rows

ACCOUNTS = Query("Account", ("Id", "IsDeleted", "Name", "Owner.Id", "NumberOfEmployees"))
AWKWARD = 'Müller, "Söhne"\n& Töchter 🏗\r\n""'


def run(sf: Salesforce, query: Query = ACCOUNTS) -> list[Page]:
    job_id = bulk_query.start_job(sf, query)
    bulk_query.await_job(sf, job_id)
    return list(bulk_query.read_pages(sf, job_id))


def test_a_bulk_page_holds_what_a_rest_page_holds(org: RunningOrg, sf: Salesforce) -> None:
    first, *_ = org.control.write_records("Account", [{"Name": AWKWARD, "NumberOfEmployees": 3}, {"Name": "b"}])
    sf.Account.delete(first)

    rows = read_rows(run(sf))

    assert sorted(rows, key=lambda row: row["Id"]) == sorted(
        read_rows(rest_query.read_pages(sf, ACCOUNTS)), key=lambda row: row["Id"]
    )
    assert {row["Name"]: row["IsDeleted"] for row in rows} == {AWKWARD: "true", "b": "false"}


def test_results_come_in_pages_that_lose_nothing(
    org: RunningOrg, sf: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_query, "RECORDS_PER_PAGE", 100)
    org.control.write_records("Account", [{"Name": AWKWARD} for _ in range(250)])

    pages = run(sf)

    assert [page.records for page in pages] == [100, 100, 50]
    assert len({row["Id"] for row in read_rows(pages)}) == 250


def test_no_records_make_no_page(sf: Salesforce) -> None:
    assert run(sf) == []


def test_results_that_were_cut_are_read_again_whole(org: RunningOrg, sf: Salesforce) -> None:
    org.control.write_records("Account", [{"Name": AWKWARD} for _ in range(500)])
    org.control.order("truncate", "/results", count=2)

    (page,) = run(sf)

    assert page.records == 500
    assert gzip.decompress(page.data).endswith(b"\n")


@pytest.mark.parametrize("kind", ["truncate", "reset", "status"])
def test_results_that_stay_broken_are_given_up(org: RunningOrg, sf: Salesforce, kind: str) -> None:
    org.control.write_records("Account", [{"Name": AWKWARD} for _ in range(500)])
    org.control.order(kind, "/results", count=None)

    with pytest.raises(OrgUnavailable, match=r"no whole answer|SERVER_UNAVAILABLE"):
        run(sf)
    assert org.control.faults()[0]["fired"] == 3


def test_a_job_that_failed_says_why_and_asks_for_a_new_one(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("job_failed", "jobs/query", count=1, message="QUERY_TIMEOUT: too slow")

    with pytest.raises(JobLost, match=r"'Failed': .*QUERY_TIMEOUT: too slow.*start a new one"):
        run(sf)


def test_a_job_that_was_aborted_ends_the_wait(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("job_aborted", "jobs/query", count=1)

    with pytest.raises(JobLost, match="'Aborted'"):
        run(sf)


def test_a_job_that_the_org_no_longer_has_asks_for_a_new_one(sf: Salesforce) -> None:
    with pytest.raises(JobLost, match="seven days"):
        bulk_query.await_job(sf, "750000000000009AAA")


def test_a_job_that_does_not_end_is_left_running_for_the_retry(
    org: RunningOrg, sf: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_jobs, "LONGEST_WAIT_S", 60)
    job_id = bulk_query.start_job(sf, ACCOUNTS)
    pauses: list[float] = []
    job = org.instance.query_jobs.find(job_id)
    job.poll = lambda: None  # type: ignore[method-assign]
    sf.session.pause = pauses.append

    with pytest.raises(OrgUnavailable, match="a retry takes it up"):
        bulk_query.await_job(sf, job_id)

    assert pauses == [0.5, 1, 2, 4, 8, 16, 20, 20]


def test_a_start_whose_answer_was_lost_is_repeated(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("reset", "jobs/query", when="after", method="POST", count=1)

    assert run(sf) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_rows_are_counted_however_the_text_is_cut(size: int) -> None:
    text = b'"Id","Name"\n"1","a ""quoted""\nline"\n"2","\n\n"\n"3",""""'
    rows = RowCount()
    for first in range(0, len(text), size):
        rows.add(text[first : first + size])

    assert rows.total == 4
