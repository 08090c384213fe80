from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crm_rows import ACCOUNTS, account_id, accounts
from sqlalchemy import text

from closedwon.counts import Counts
from closedwon.errors import WarehouseUnavailable
from closedwon.warehouse.load.load_rows import load_rows
from closedwon.warehouse.state.watermark import commit_watermark
from closedwon.warehouse.transaction import transaction

ROWS = 12_000

LOADER = """
import sys
from datetime import UTC, datetime

from crm_rows import ACCOUNTS, account_id, accounts
from closedwon.warehouse.load.load_rows import load_rows
from closedwon.warehouse.transaction import open_engine, transaction
from closedwon.warehouse.state.watermark import commit_watermark

url, place = sys.argv[1:]

def stop(here):
    if here == place:
        print("here", flush=True)
        sys.stdin.read()

def frames():
    yield accounts(*({"salesforce_id": account_id(n)} for n in range(12_000)))
    stop("staging")
    yield accounts({"salesforce_id": account_id(12_000)})

with transaction(open_engine(url)) as connection:
    load_rows(connection, ACCOUNTS, frames(), is_latest=True)
    commit_watermark(connection, "accounts", datetime.now(UTC), "run")
    stop("commit")
"""


def all_frames():
    return [accounts(*({"salesforce_id": account_id(n)} for n in range(ROWS)))]


@pytest.mark.parametrize("place", ["staging", "commit"])
def test_a_process_that_is_killed_leaves_nothing_behind_and_a_plain_retry_loads_everything(warehouse, load, ask, place):
    root = Path(__file__).parents[2]
    folders = os.pathsep.join(map(str, (root / "plugins", Path(__file__).parent)))
    loader = subprocess.Popen(
        [sys.executable, "-c", LOADER, warehouse.url.render_as_string(hide_password=False), place],
        env={**os.environ, "PYTHONPATH": folders},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert loader.stdout.readline() == "here\n"

    os.kill(loader.pid, signal.SIGKILL)
    loader.communicate()

    assert ask("SELECT count(*) FROM crm.accounts") == [0]
    assert ask("SELECT count(*) FROM sync.watermark") == [0]
    assert load(*all_frames()).counts == Counts(read=ROWS, written=ROWS)


def test_where_postgres_goes_away_during_load_nothing_is_half_written_and_a_plain_retry_loads_everything(
    warehouse, load, ask
):
    def frames(victim):
        yield from all_frames()
        ask("SELECT pg_terminate_backend(:victim, 10000)", victim=victim)
        yield accounts({"salesforce_id": account_id(ROWS)})

    with pytest.raises(WarehouseUnavailable, match="can be repeated"), transaction(warehouse) as connection:
        victim = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        load_rows(connection, ACCOUNTS, frames(victim), is_latest=True)

    assert ask("SELECT count(*) FROM crm.accounts") == [0]
    assert load(*all_frames()).counts == Counts(read=ROWS, written=ROWS)


def test_where_a_frame_cannot_be_read_nothing_is_written_and_the_reason_is_seen(warehouse, ask):
    def frames():
        yield from all_frames()
        raise OSError("the batch 00002.arrow is cut off")

    with pytest.raises(OSError, match="cut off"), transaction(warehouse) as connection:
        load_rows(connection, ACCOUNTS, frames(), is_latest=True)

    assert ask("SELECT count(*) FROM crm.accounts") == [0]


def test_where_the_watermark_cannot_be_committed_the_rows_are_not_either(warehouse, ask):
    with pytest.raises(Exception, match="null value"), transaction(warehouse) as connection:
        load_rows(connection, ACCOUNTS, all_frames(), is_latest=True)
        commit_watermark(connection, "accounts", datetime.now(UTC), None)

    assert ask("SELECT count(*) FROM crm.accounts") == [0]
