"""An executor whose tasks find the heavy libraries already imported.

Great Expectations takes 7 s to import, and each task is a process of its own. LocalExecutor forks its workers from the
scheduler, and a worker forks each task: what the scheduler has imported before the first fork, every task has, in
memory that all of them share.
"""

from __future__ import annotations

import importlib
import logging
import os
import time

from airflow.executors.local_executor import LocalExecutor

HEAVY = (
    "great_expectations",
    "great_expectations.expectations",
    "pandas",
    "pyarrow.feather",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "simple_salesforce",
    "airflow.providers.salesforce.hooks.salesforce",
    "airflow.providers.postgres.hooks.postgres",
    "closedwon.orchestration.tasks.inbound",
    "closedwon.orchestration.tasks.outbound",
    "closedwon.orchestration.tasks.projects",
)

log = logging.getLogger(__name__)


class WarmLocalExecutor(LocalExecutor):
    """LocalExecutor that imports what the tasks will need before it forks its workers."""

    def start(self) -> None:
        """Import modules, read the mapping files, and only then fork the workers."""
        if self.is_mp_using_fork:
            import_heavy()
            read_mapping_files()
        super().start()


def import_heavy() -> None:
    """Import the modules of `HEAVY`; one that fails is left to the task that needs it, whose log then says why."""
    # Under Airflow's logging Great Expectations writes 214 lines while it is imported, and it counts its users.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    began = time.monotonic()
    for module in HEAVY:
        try:
            importlib.import_module(module)
        except Exception:  # the scheduler serves other people's DAGs too: it must come up
            log.exception("%s could not be imported ahead of the tasks.", module)
    log.info("Imported %d modules ahead of the tasks in %.1f s", len(HEAVY), time.monotonic() - began)


def read_mapping_files() -> None:
    """Read the mapping files, so that a task parses them only if they have changed since."""
    from closedwon.orchestration.clients import read_catalog

    try:
        read_catalog()
    except Exception:  # as above: the tasks that need the files say what is wrong with them
        log.exception("The mapping files could not be read ahead of the tasks.")
