from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from crm_rows import ACCOUNTS, CONTACTS, MONDAY, SUNDAY, TUESDAY, account_id, accounts, contact_id, contacts
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from closedwon.mapping.model import Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.warehouse.state.quarantine import due_ids, due_records, end_gone, put_rejects, release_loaded
from closedwon.warehouse.transaction import transaction

ONE, TWO = map(account_id, (1, 2))
ADA, BOB = map(contact_id, (1, 2))


def reject(salesforce_id: str, field: str = "LastName", **more: Any) -> dict[str, Any]:
    return {
        "salesforce_id": salesforce_id,
        "system_modstamp": pd.Timestamp(MONDAY),
        "class": "needs_data",
        "field": field,
        "value": "x",
        "reason": f"{field} = 'x' is wrong. Correct it in Salesforce.",
        "waits_for_table": None,
        "waits_for_id": None,
    } | more


def put(engine: Engine, *rejects: dict[str, Any], run_id: str = "run", mapping: Mapping = CONTACTS) -> int:
    with transaction(engine) as connection:
        return put_rejects(
            connection, mapping, pd.DataFrame(rejects, columns=list(REJECT_COLUMNS)), run_id, is_latest=False
        )


def loaded(salesforce_id: str, stamp: str = MONDAY) -> pd.DataFrame:
    """A row that has been written."""
    return pd.DataFrame({"salesforce_id": [salesforce_id], "system_modstamp": [pd.Timestamp(stamp)]})


def due(engine: Engine, mapping: Mapping = CONTACTS) -> list[str]:
    with transaction(engine) as connection:
        return due_ids(connection, mapping)


def test_each_reject_of_a_record_is_one_row_and_the_record_counts_once(warehouse, ask):
    assert put(warehouse, reject(ADA), reject(ADA, "Email"), reject(BOB)) == 2

    seen = ask(
        "SELECT mapping, salesforce_id, field, class, value, state, attempts, digest, run_id FROM sync.quarantine"
    )
    assert sorted(seen) == [
        ("contacts", ADA, "Email", "needs_data", "x", "waiting", 1, "first", "run"),
        ("contacts", ADA, "LastName", "needs_data", "x", "waiting", 1, "first", "run"),
        ("contacts", BOB, "LastName", "needs_data", "x", "waiting", 1, "first", "run"),
    ]


def test_no_rejects_put_nothing_in(warehouse, ask):
    assert put(warehouse) == 0
    assert ask("SELECT count(*) FROM sync.quarantine") == [0]


def test_a_reject_that_comes_again_counts_one_more_attempt_for_each_run_and_not_for_each_retry(warehouse, ask):
    for run_id in ("monday", "monday", "tuesday"):
        put(warehouse, reject(ADA, value=run_id), run_id=run_id)

    assert ask("SELECT attempts, value, run_id FROM sync.quarantine") == [(2, "tuesday", "tuesday")]
    assert ask("SELECT first_seen_at < last_seen_at FROM sync.quarantine") == [True]


def test_a_reject_that_is_reported_twice_is_one_row_as_of_the_latest_version(warehouse, ask):
    newer = reject(ADA, value="new", system_modstamp=pd.Timestamp(TUESDAY))

    assert put(warehouse, newer, reject(ADA, value="old")) == 1

    assert ask("SELECT value FROM sync.quarantine") == ["new"]


def test_a_reason_that_the_record_has_no_longer_is_released_and_its_others_wait(warehouse, ask):
    put(warehouse, reject(ADA), reject(ADA, "Email"), reject(BOB))

    put(warehouse, reject(ADA, "Email"), run_id="next")

    released = "SELECT salesforce_id, field FROM sync.quarantine WHERE state = 'released' AND released_at IS NOT NULL"
    assert ask(released) == [(ADA, "LastName")]


@pytest.mark.parametrize(("held", "waits"), [(TUESDAY, 0), (MONDAY, 0), (SUNDAY, 1)])
def test_a_reject_of_an_overtaken_reading_is_left_out_where_its_version_or_a_later_one_is_held(
    warehouse, load, ask, held, waits
):
    load(contacts({"salesforce_id": ADA, "system_modstamp": held}), mapping=CONTACTS)

    put(warehouse, reject(ADA))

    assert ask("SELECT count(*) FROM sync.quarantine") == [waits]


def test_records_that_have_been_written_are_released_and_others_are_not(warehouse, ask):
    put(warehouse, reject(ADA), reject(ADA, "Email"), reject(BOB))
    put(warehouse, reject(ADA), mapping=replace(CONTACTS, name="other"))

    with transaction(warehouse) as connection:
        assert release_loaded(connection, CONTACTS, [loaded(ADA), loaded(ONE)], is_latest=False) == 2
        assert release_loaded(connection, CONTACTS, [loaded(ADA)], is_latest=False) == 0
        assert release_loaded(connection, CONTACTS, [], is_latest=False) == 0

    waiting = ask("SELECT mapping, salesforce_id FROM sync.quarantine WHERE state = 'waiting'")
    assert sorted(waiting) == [("contacts", BOB), ("other", ADA)]


def test_a_record_that_fails_again_after_its_release_waits_again(warehouse, ask):
    put(warehouse, reject(ADA))
    with transaction(warehouse) as connection:
        release_loaded(connection, CONTACTS, [loaded(ADA)], is_latest=False)

    put(warehouse, reject(ADA), run_id="next")

    assert ask("SELECT state, released_at, attempts FROM sync.quarantine") == [("waiting", None, 2)]


def test_a_version_older_than_the_rejected_one_releases_nothing(warehouse):
    put(warehouse, reject(ADA, system_modstamp=pd.Timestamp(TUESDAY)))

    with transaction(warehouse) as connection:
        assert release_loaded(connection, CONTACTS, [loaded(ADA, MONDAY)], is_latest=False) == 0
        assert release_loaded(connection, CONTACTS, [loaded(ADA, TUESDAY)], is_latest=False) == 1


def test_a_reject_of_a_version_older_than_the_rejected_one_changes_nothing(warehouse, ask):
    put(warehouse, reject(ADA, value="new", system_modstamp=pd.Timestamp(TUESDAY)))

    put(warehouse, reject(ADA, value="old"), reject(ADA, "Email"), run_id="an older run, cleared")

    assert ask("SELECT field, value, state, attempts FROM sync.quarantine") == [("LastName", "new", "waiting", 1)]


def test_a_reason_that_a_person_must_remove_is_not_tried_again_by_itself(warehouse):
    put(warehouse, reject(ADA))

    assert due(warehouse) == []


@pytest.mark.parametrize("kind", ["transient", "needs_admin", "never", "Needs_Data"])
def test_a_class_that_no_reject_has_is_refused(warehouse, kind):
    with pytest.raises(IntegrityError, match="quarantine_class_check"):
        put(warehouse, reject(ADA, **{"class": kind}))


def test_a_changed_mapping_makes_every_record_in_its_quarantine_worth_another_try(warehouse):
    put(warehouse, reject(ADA), reject(BOB))

    assert due(warehouse, replace(CONTACTS, digest="second")) == [ADA, BOB]
    assert due(warehouse, replace(ACCOUNTS, digest="second")) == []


def test_a_record_is_tried_again_once_a_person_asks_and_then_only_once(warehouse, do):
    put(warehouse, reject(ADA), reject(BOB))
    do("UPDATE sync.quarantine SET release_asked = true WHERE salesforce_id = :id", id=ADA)

    assert due(warehouse) == [ADA]
    put(warehouse, reject(ADA), run_id="next")
    assert due(warehouse) == []


def test_a_record_is_tried_again_once_its_parent_has_arrived(warehouse, load):
    rejects = load(
        contacts({"salesforce_id": ADA, "account_id": ONE}, {"salesforce_id": BOB, "account_id": TWO}), mapping=CONTACTS
    ).rejects
    with transaction(warehouse) as connection:
        assert put_rejects(connection, CONTACTS, rejects, "run", is_latest=False) == 2
    assert due(warehouse) == []

    load(accounts({"salesforce_id": ONE}))

    assert due(warehouse) == [ADA]


def test_what_is_released_is_not_due(warehouse):
    put(warehouse, reject(ADA))
    with transaction(warehouse) as connection:
        release_loaded(connection, CONTACTS, [loaded(ADA)], is_latest=False)

        assert due_ids(connection, replace(CONTACTS, digest="second")) == []


def test_what_the_org_did_not_return_is_gone_unless_it_was_rejected_again_since_it_was_asked_for(warehouse, ask):
    put(warehouse, reject(ADA), reject(ADA, "Email"), reject(BOB))
    ask_for_all(warehouse)
    with transaction(warehouse) as connection:
        asked = due_records(connection, CONTACTS)
    put(warehouse, reject(BOB), run_id="later")

    with transaction(warehouse) as connection:
        assert end_gone(connection, CONTACTS, asked) == 2
        assert end_gone(connection, CONTACTS, asked[:0]) == 0

    states = ask("SELECT salesforce_id, field, state FROM sync.quarantine")
    assert sorted(states) == [(ADA, "Email", "gone"), (ADA, "LastName", "gone"), (BOB, "LastName", "waiting")]


def test_a_record_that_was_gone_and_is_rejected_again_waits_again(warehouse, ask):
    put(warehouse, reject(ADA))
    ask_for_all(warehouse)
    with transaction(warehouse) as connection:
        end_gone(connection, CONTACTS, due_records(connection, CONTACTS))

    put(warehouse, reject(ADA), run_id="later")

    assert ask("SELECT state, released_at FROM sync.quarantine") == [("waiting", None)]


def ask_for_all(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE sync.quarantine SET release_asked = true")
