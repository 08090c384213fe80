"""Runs one task of the import in a process of its own, and kills it with SIGKILL when it enters a given function.

python -m tests.flows.dying_task ORG_URL DATABASE_URL FOLDER RUN_ID TASK MAPPING EXPECTED FUNCTION
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from simple_salesforce import Salesforce

from closedwon.flows.steps.batches import Batches
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.salesforce.session import open_session
from closedwon.warehouse.transaction import open_engine
from tests.world import KEY, MAPPINGS, SECRET, run_task


def main(org_url: str, database_url: str, folder: str, run_id: str, task: str, name: str, expected: str) -> None:
    """Runs the task."""
    catalog, engine = require_sound(read_catalog(MAPPINGS)), open_engine(database_url)
    mapping, batches = catalog.mapping(name), Batches(Path(folder) / "batches" / run_id / name)
    session = open_session(login_host=org_url)
    sf = Salesforce(session=session, domain="localorg", version="66.0", consumer_key=KEY, consumer_secret=SECRET)
    run_task(task, engine, sf, catalog, mapping, batches, int(expected), run_id)


def die_on_entering(function: str) -> None:
    """Kills this process, as the kernel or an operator would, at the first call of a function of that name."""

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_qualname == function:
            os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(watch)
    sys.setprofile(watch)


if __name__ == "__main__":
    die_on_entering(sys.argv[-1])
    main(*sys.argv[1:-1])
