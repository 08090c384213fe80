from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote_plus

from closedwon.salesforce.query_model import change_query, ids_queries, selected_fields, window_query
from closedwon.window import Window
from tests.salesforce.clients import make_mapping

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_MAPPING = make_mapping("Name", "Owner.Email")


def test_a_window_is_half_open() -> None:
    soql = window_query(A_MAPPING, Window(start=NOON, end=NOON + timedelta(hours=1)))

    assert soql == (
        "SELECT Id, IsDeleted, SystemModstamp, Name, Owner.Email FROM Account "
        "WHERE SystemModstamp >= 2026-11-23T12:00:00+00:00 AND SystemModstamp < 2026-11-23T13:00:00+00:00"
    )


def test_a_window_without_a_start_reads_everything_up_to_its_end() -> None:
    assert window_query(A_MAPPING, Window(start=None, end=NOON)).endswith(
        " FROM Account WHERE SystemModstamp < 2026-11-23T12:00:00+00:00"
    )


def test_a_time_of_another_zone_is_asked_for_in_utc() -> None:
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))

    assert change_query("Account", berlin).endswith("SystemModstamp >= 2026-11-23T12:00:00+00:00")


def test_a_field_mapped_twice_or_in_another_case_is_selected_once() -> None:
    soql = window_query(make_mapping("NAME", "name", "systemmodstamp"), Window(start=None, end=NOON))

    assert selected_fields(soql) == ["Id", "IsDeleted", "SystemModstamp", "NAME"]


def test_is_deleted_is_not_asked_of_objects_that_lack_it() -> None:
    soql = window_query(make_mapping("Email", sobject="User"), Window(start=None, end=NOON))

    assert selected_fields(soql) == ["Id", "SystemModstamp", "Email"]


def test_ids_are_asked_for_once_each_in_queries_that_fit_an_address() -> None:
    ids = [f"001{number:012}" for number in range(2_000)]

    queries = ids_queries(A_MAPPING, [*ids, *ids])

    assert all(len(quote_plus(query)) <= 12_000 for query in queries)
    assert sum(query.count("'001") for query in queries) == 2_000


def test_no_ids_need_no_query() -> None:
    assert ids_queries(A_MAPPING, []) == []
