from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote_plus

from closedwon.salesforce.query_model import change_query, ids_queries, window_query
from closedwon.window import Window
from tests.salesforce.clients import make_mapping

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_MAPPING = make_mapping("Name", "Owner.Email")


def test_a_window_is_half_open() -> None:
    query = window_query(A_MAPPING, Window(start=NOON, end=NOON + timedelta(hours=1)))

    assert query.to_soql() == (
        "SELECT Id, IsDeleted, SystemModstamp, Name, Owner.Email FROM Account "
        "WHERE SystemModstamp >= 2026-11-23T12:00:00+00:00 AND SystemModstamp < 2026-11-23T13:00:00+00:00"
    )


def test_a_window_without_a_start_reads_everything_up_to_its_end() -> None:
    assert (
        window_query(A_MAPPING, Window(start=None, end=NOON))
        .to_soql()
        .endswith(" FROM Account WHERE SystemModstamp < 2026-11-23T12:00:00+00:00")
    )


def test_a_time_of_another_zone_is_asked_for_in_utc() -> None:
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))

    assert "SystemModstamp >= 2026-11-23T12:00:00+00:00" in change_query("Account", berlin).to_soql()


def test_a_probe_asks_for_the_newest_records_since_its_start_as_many_as_one_page_has() -> None:
    assert change_query("Account", NOON).to_soql() == (
        "SELECT Id, SystemModstamp FROM Account WHERE SystemModstamp >= 2026-11-23T12:00:00+00:00 "
        "ORDER BY SystemModstamp DESC LIMIT 2000"
    )


def test_without_a_start_a_probe_counts_all_records() -> None:
    assert change_query("Account", None).to_soql() == "SELECT COUNT(Id), MAX(SystemModstamp) FROM Account"


def test_a_field_mapped_twice_or_in_another_case_is_selected_once() -> None:
    query = window_query(make_mapping("NAME", "name", "systemmodstamp"), Window(start=None, end=NOON))

    assert query.fields == ("Id", "IsDeleted", "SystemModstamp", "NAME")


def test_is_deleted_is_not_asked_of_objects_that_lack_it() -> None:
    query = window_query(make_mapping("Email", sobject="User"), Window(start=None, end=NOON))

    assert query.fields == ("Id", "SystemModstamp", "Email")


def test_ids_are_asked_for_once_each_in_queries_that_fit_an_address() -> None:
    ids = [f"001{number:012}" for number in range(2_000)]

    queries = ids_queries(A_MAPPING, [*ids, *ids])

    assert all(len(quote_plus(query.to_soql())) <= 12_000 for query in queries)
    assert all(query.fits_address for query in queries)
    assert sum(query.to_soql().count("'001") for query in queries) == 2_000


def test_ids_of_a_mapping_whose_fields_fill_an_address_are_asked_for_in_few_long_queries() -> None:
    wide = make_mapping(*(f"A_Field_With_A_Long_Name_{number}__c" for number in range(500)))

    queries = ids_queries(wide, [f"001{number:012}" for number in range(2_000)])

    assert not any(query.fits_address for query in queries)
    assert all(len(query.to_soql()) <= 100_000 for query in queries)
    assert sum(query.to_soql().count("'001") for query in queries) == 2_000
    assert len(queries) == 1


def test_ids_are_asked_for_only_of_records_that_changed_before_a_moment() -> None:
    (query,) = ids_queries(make_mapping("Name"), ["001000000000001AAA"], NOON)

    assert query.to_soql() == (
        "SELECT Id, IsDeleted, SystemModstamp, Name FROM Account "
        "WHERE Id IN ('001000000000001AAA') AND SystemModstamp < 2026-11-23T12:00:00+00:00"
    )


def test_no_ids_need_no_query() -> None:
    assert ids_queries(A_MAPPING, []) == []
