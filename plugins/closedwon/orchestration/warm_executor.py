"""LocalExecutor that imports heavy libraries once, before it forks.

Great Expectations takes 7 s to import, and each task is a process of its own. LocalExecutor forks its workers from the
scheduler, and a worker forks each task, so every task has the modules that the scheduler imported before the first
fork, in shared memory.
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
        """Import the modules and read the mapping files, then fork the workers."""
        if self.is_mp_using_fork:
            import_heavy()
            read_mapping_files()
        super().start()


def import_heavy() -> None:
    """Import the modules of `HEAVY`; one that fails to import is logged, and fails again in the task that needs it."""
    # Great Expectations logs 214 lines while it is imported under Airflow's logging, and sends usage statistics.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    began = time.monotonic()
    for module in HEAVY:
        try:
            importlib.import_module(module)
        except Exception:  # the scheduler runs other teams' DAGs too: it must start
            log.exception("%s could not be imported ahead of the tasks.", module)
    log.info("Imported %d modules ahead of the tasks in %.1f s", len(HEAVY), time.monotonic() - began)


def read_mapping_files() -> None:
    """Read the mapping files, so that a task parses them only if they have changed since."""
    from closedwon.orchestration.clients import read_catalog

    try:
        read_catalog()
    except Exception:  # as above: tasks that need the files report what is wrong
        log.exception("The mapping files could not be read ahead of the tasks.")
