from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable, RequestRefused
from closedwon.salesforce.query_model import Query, ids_queries, window_query
from closedwon.salesforce.rest_query import read_pages
from closedwon.salesforce.session import open_session
from closedwon.window import Window
from localorg.server import RunningOrg
from tests.salesforce.clients import make_mapping, quick, read_rows
from tests.salesforce.scripted import Scripted

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AWKWARD = 'Müller, "Söhne"\r\n& Töchter 🏗'


def test_values_are_the_text_that_the_org_gave(org: RunningOrg, sf: Salesforce) -> None:
    record = {"Name": AWKWARD, "BillingPostalCode": "00123", "AnnualRevenue": 1234567, "NumberOfEmployees": 7}
    org.control.write_records("Account", [record])

    (row,) = read_rows(
        read_pages(
            sf, Query("Account", ("Id", "IsDeleted", "Name", "BillingPostalCode", "AnnualRevenue", "NumberOfEmployees"))
        )
    )

    assert row["Name"] == AWKWARD
    assert row["IsDeleted"] == "false"
    assert (row["BillingPostalCode"], row["AnnualRevenue"], row["NumberOfEmployees"]) == ("00123", "1234567.0", "7")


def test_a_field_of_a_parent_is_a_column_and_empty_without_a_parent(org: RunningOrg, sf: Salesforce) -> None:
    (account_id,) = org.control.write_records("Account", [{"Name": "Acme"}])
    org.control.write_records("Contact", [{"LastName": "A", "AccountId": account_id}, {"LastName": "B"}])

    rows = read_rows(read_pages(sf, Query("Contact", ("Id", "LastName", "Account.Name", "account.owner.id"))))

    assert {row["LastName"]: row["Account.Name"] for row in rows} == {"A": "Acme", "B": ""}
    assert [bool(row["account.owner.id"]) for row in sorted(rows, key=lambda row: row["LastName"])] == [True, False]


def test_a_page_is_gzip_csv_with_line_feeds(org: RunningOrg, sf: Salesforce) -> None:
    org.control.write_records("Account", [{"Name": "Acme"}])

    (page,) = read_pages(sf, Query("Account", ("Name", "Id")))

    header, row, end = gzip.decompress(page.data).decode().split("\n")
    assert header == '"Name","Id"'
    assert row.startswith('"Acme","001')
    assert end == ""


def test_the_records_of_a_window_come_and_no_others(org: RunningOrg, sf: Salesforce) -> None:
    stamps = [NOON - timedelta(seconds=1), NOON, NOON + timedelta(minutes=59), NOON + timedelta(hours=1)]
    org.control.write_records("Account", [{"Name": str(s), "SystemModstamp": s.isoformat()} for s in stamps])

    query = window_query(make_mapping("Name"), Window(start=NOON, end=NOON + timedelta(hours=1)))
    rows = read_rows(read_pages(sf, query))

    assert {row["Name"] for row in rows} == {str(stamps[1]), str(stamps[2])}


def test_deleted_records_come_too(org: RunningOrg, sf: Salesforce) -> None:
    (account_id,) = org.control.write_records("Account", [{"Name": "Acme"}])
    sf.Account.delete(account_id)

    (row,) = read_rows(read_pages(sf, Query("Account", ("Id", "IsDeleted"))))

    assert row == {"Id": account_id, "IsDeleted": "true"}


def test_more_ids_than_an_address_holds_are_all_read(org: RunningOrg, sf: Salesforce) -> None:
    ids = org.control.write_records("Account", [{"Name": str(number)} for number in range(500)])

    queries = ids_queries(make_mapping("Name"), ids)
    rows = [row for query in queries for row in read_rows(read_pages(sf, query))]

    assert len(queries) > 1
    assert {row["Id"] for row in rows} == set(ids)


def test_no_records_make_no_page(sf: Salesforce) -> None:
    assert list(read_pages(sf, Query("Account", ("Id",)))) == []


def test_a_field_that_the_org_lacks_is_refused_in_salesforces_own_words(sf: Salesforce) -> None:
    with pytest.raises(RequestRefused, match=r"INVALID_FIELD: '(?s:.*)No such column 'Foo__c' on entity 'Account'"):
        list(read_pages(sf, Query("Account", ("Id", "Foo__c"))))


def test_a_compound_field_is_refused_with_its_parts(org: RunningOrg, sf: Salesforce) -> None:
    org.control.write_records("Account", [{"Name": "Acme", "BillingCity": "Ulm"}])

    with pytest.raises(RequestRefused, match=r"BillingAddress is a compound field.*city"):
        list(read_pages(sf, Query("Account", ("Id", "BillingAddress"))))


@pytest.fixture
def answering() -> Iterator[Any]:
    """Reads the pages of a query that a scripted server answers."""
    servers: list[Scripted] = []

    def read(*bodies: Any) -> list[int]:
        server = Scripted(
            [(200, {}, body if isinstance(body, bytes) else json.dumps(body).encode()) for body in bodies]
        )
        servers.append(server)
        server.__enter__()
        sf = Salesforce(session=quick(open_session(login_host=server.url)), session_id="x", instance=server.host)
        return [page.records for page in read_pages(sf, Query("Account", ("Id",)))]

    yield read
    for server in servers:
        server.__exit__(None, None, None)


def a_page(*ids: str, total: int, following: str | None = None) -> dict[str, Any]:
    page: dict[str, Any] = {"totalSize": total, "done": following is None, "records": [{"Id": one} for one in ids]}
    return page | ({"nextRecordsUrl": following} if following else {})


def test_a_page_that_is_short_is_found_out(answering: Any) -> None:
    with pytest.raises(OrgUnavailable, match="announced 4 records and gave 3"):
        answering(a_page("1", "2", total=4, following="/services/data/v59.0/query/q-2"), a_page("3", total=4))


def test_a_page_that_comes_twice_is_found_out(answering: Any) -> None:
    first = a_page("1", "2", total=4, following="/services/data/v59.0/query/q-2")

    with pytest.raises(OrgUnavailable, match="twice"):
        answering(first, first)


def test_an_answer_that_is_not_json_is_not_used(answering: Any) -> None:
    with pytest.raises(OrgUnavailable, match="not whole JSON"):
        answering(b'{"totalSize": 1, "records": [{"Id"')


def test_a_field_that_the_answer_leaves_out_is_not_taken_for_empty(answering: Any) -> None:
    with pytest.raises(OrgUnavailable, match="left out the field Id"):
        answering({"totalSize": 1, "done": True, "records": [{"Name": "Acme"}]})
