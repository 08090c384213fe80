"""Runs that are repeated, killed, or meet another; and many records at once."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert
from sqlalchemy.exc import DBAPIError

from closedwon.errors import WarehouseUnavailable
from closedwon.warehouse.delivery.projects import lock_rule
from closedwon.warehouse.prepare import table_of
from closedwon.warehouse.transaction import open_engine
from tests.projects.delivery_desk import Desk

NPSP = Path(__file__).parents[3] / "shared/material/datasets/salesforcefoundation-npsp/datasets/1k/test_data.sql"

REFUSE_TASKS = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'killed'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.mark.parametrize("table", ["delivery.phases", "delivery.tasks", "sync.decision"])
def test_a_run_that_breaks_off_leaves_nothing_and_a_retry_makes_all(desk: Desk, table: str) -> None:
    for _ in range(3):
        desk.put_opportunity()
    desk.do(REFUSE_TASKS.format(table=table))
    with pytest.raises(DBAPIError, match="killed"):
        desk.run()
    assert (desk.projects(), len(desk.ask("SELECT FROM sync.decision"))) == (0, 0)
    desk.do(f"DROP TRIGGER refuse ON {table}")

    (counts,) = desk.run()

    assert counts.made == desk.projects() == 3
    with_tasks = desk.ask("SELECT count(DISTINCT project_id) AS n FROM delivery.tasks")
    assert with_tasks[0].n == 3


def test_two_runs_at_once_make_one_project_per_opportunity(desk: Desk) -> None:
    for _ in range(5):
        desk.put_opportunity()

    at_the_lock = Barrier(3, timeout=60)

    def meet(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if "pg_advisory_xact_lock" in statement:
            at_the_lock.wait()

    with ThreadPoolExecutor(2) as pool:
        with desk.engine.begin() as connection:
            lock_rule(connection, "won_opportunities")
            event.listen(desk.engine, "before_cursor_execute", meet)
            runs = [pool.submit(desk.run) for _ in range(2)]
            at_the_lock.wait()
        counts = [run.result()[0] for run in runs]

    assert sorted(count.looked_at for count in counts) == [0, 5]
    assert desk.projects() == 5


def test_a_project_put_there_by_hand_for_the_rule_is_not_doubled(desk: Desk) -> None:
    opportunity = desk.put_opportunity()
    desk.do(
        "INSERT INTO delivery.projects (rule, source_sobject, source_salesforce_id, name, lead_email)"
        " VALUES ('won_opportunities', 'Opportunity', :id, 'Ours', 'me@example.com')",
        id=opportunity,
    )

    (counts,) = desk.run()

    assert (counts.made, counts.exists, desk.projects()) == (0, 1, 1)


def test_a_row_that_is_not_linked_to_salesforce_is_not_looked_at(desk: Desk) -> None:
    opportunity = desk.put_opportunity(stage="Prospecting")
    desk.do("UPDATE crm.opportunities SET salesforce_id = NULL WHERE salesforce_id = :id", id=opportunity)

    (counts,) = desk.run()

    assert counts.looked_at == 0


def test_Beyond_3_each_of_many_records_has_one_decision_and_the_reasons_are_few(desk: Desk) -> None:
    account = desk.put_account()
    table = table_of(desk.catalog.mapping("opportunities"))
    stages = ["Closed Won", "Prospecting", "Closed Lost", "Closed Won"]
    rows = [
        {"salesforce_id": f"006{n:012}AAA", "name": f"Deal {n}", "stage": stages[n % 4], "account_id": account}
        for n in range(2_000)
    ]
    with desk.engine.begin() as connection:
        connection.execute(insert(table), rows)

    (counts,) = desk.run()

    assert (counts.looked_at, counts.made, counts.not_picked) == (2_000, 1_000, 1_000)
    reasons = desk.ask("SELECT reason, count(*) AS n FROM sync.decision GROUP BY reason ORDER BY reason")
    assert [(row.reason.split(";")[0], row.n) for row in reasons] == [
        ("StageName is 'Closed Lost'", 500),
        ("StageName is 'Prospecting'", 500),
        ("Type is empty: made with the default template 'standard'.", 1_000),
    ]


@pytest.mark.skipif(not NPSP.exists(), reason="the material with real CRM data is not beside the project")
def test_BigTime_9_real_won_opportunities_become_projects_with_their_clients(desk: Desk) -> None:
    source = sqlite3.connect(":memory:")
    source.executescript(NPSP.read_text())
    accounts = source.execute('SELECT id, name FROM "Account"').fetchall()
    opportunities = source.execute('SELECT id, name, stage_name, amount, account_id FROM "Opportunity"').fetchall()
    won = sum(stage == "Closed Won" for _, _, stage, _, _ in opportunities)
    with desk.engine.begin() as connection:
        account_table = table_of(desk.catalog.mapping("accounts"))
        found = connection.execute(
            insert(account_table).returning(account_table.c.id, account_table.c.salesforce_id),
            [{"salesforce_id": f"001{key:012}AAA", "name": name} for key, name in accounts],
        )
        ids = {salesforce_id: row_id for row_id, salesforce_id in found}
        connection.execute(
            insert(table_of(desk.catalog.mapping("opportunities"))),
            [
                {
                    "salesforce_id": f"006{key:012}AAA",
                    "name": name,
                    "stage": stage,
                    "amount": amount or None,
                    "account_id": ids[f"001{int(account):012}AAA"],
                }
                for key, name, stage, amount, account in opportunities
            ],
        )

    (first,) = desk.run()
    (again,) = desk.run()

    assert (first.made, first.not_picked, first.waits) == (won, len(opportunities) - won, 0)
    assert (again.looked_at, desk.projects()) == (0, won)
    (clients,) = desk.ask(
        "SELECT count(*) AS n FROM delivery.projects p JOIN crm.accounts a ON a.id = p.account_id"
        " WHERE a.name = p.client_name"
    )
    assert clients.n == won


def test_a_run_of_a_rule_leaves_its_counts_in_the_status(desk: Desk) -> None:
    desk.put_opportunity()
    desk.put_opportunity()

    desk.run()

    status = desk.ask("SELECT mapping, state, read, written FROM sync.status WHERE flow = 'projects'")
    assert [tuple(line) for line in status] == [("won_opportunities", "ok", 2, 2)]


def counted(desk: Desk, run_id: str) -> tuple[int, int, int, int]:
    (line,) = desk.ask("SELECT read, written, unchanged, rejected FROM sync.run WHERE run_id = :run_id", run_id=run_id)
    return tuple(line)


def test_a_run_that_is_retried_after_its_commit_keeps_its_counts(desk: Desk) -> None:
    desk.put_opportunity()
    desk.put_opportunity(stage="Prospecting")
    desk.put_opportunity(account_id=None)  # waits, so that the retry looks at it again

    for _ in range(3):
        desk.run(run_id="killed")

    assert counted(desk, "killed") == (3, 1, 2, 0)


def test_a_retry_counts_what_it_makes_besides_and_no_record_twice(desk: Desk) -> None:
    desk.put_opportunity()
    waiting = desk.put_opportunity(account_id=None)
    desk.run(run_id="killed")
    desk.change("Opportunity", waiting, account_id=desk.put_account())
    desk.put_opportunity()

    desk.run(run_id="killed")

    assert counted(desk, "killed") == (desk.projects(), 3, 0, 0) == (3, 3, 0, 0)


def test_an_older_run_that_is_cleared_keeps_what_it_made_although_a_later_one_has_decided_anew(desk: Desk) -> None:
    deal = desk.put_opportunity()
    desk.put_opportunity()
    desk.run(run_id="older")
    desk.move(deal, "Prospecting")
    desk.run(run_id="later")

    desk.run(run_id="older")

    assert counted(desk, "older") == (2, 2, 0, 0)


def test_Postgres_going_away_at_any_statement_is_worth_a_retry_which_makes_all(desk: Desk) -> None:
    desk.put_opportunity()
    survived = 0
    while not _run_cut_off_after(desk, survived):
        assert (desk.projects(), desk.ask("SELECT FROM sync.decision")) == (0, [])
        survived += 1

    assert survived > 5
    assert desk.projects() == 1


def _run_cut_off_after(desk: Desk, statements: int) -> bool:
    """Run the rules on a connection that Postgres ends after so many statements; return whether it needed fewer."""
    seen = count()

    def cut_off(connection: Connection, cursor: Any, *_: Any) -> None:
        if next(seen) == statements:
            desk.do("SELECT pg_terminate_backend(:pid, 10000)", pid=cursor.connection.info.backend_pid)

    victim = open_engine(desk.engine.url.render_as_string(hide_password=False))
    event.listen(victim, "before_cursor_execute", cut_off)
    try:
        replace(desk, engine=victim).run()
    except WarehouseUnavailable:
        return False
    finally:
        victim.dispose()
    return True
