"""LocalExecutor that imports heavy libraries once, before it forks.

Great Expectations takes 7 s to import, and each task is a process of its own. LocalExecutor forks its workers from the
scheduler, and a worker forks each task, so every task has the modules that the scheduler imported before the first
fork, in shared memory.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.executors.local_executor import LocalExecutor

from closedwon.orchestration.warm_imports import import_ahead, read_mapping_files

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

log = logging.getLogger(__name__)

HEAVY = (
    "great_expectations",
    "great_expectations.expectations",
    "pandas",
    "pyarrow.feather",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "simple_salesforce",
    "airflow.providers.salesforce.hooks.salesforce",
    "airflow.providers.postgres.hooks.postgres",
    "closedwon.orchestration.dag_factory",
    "closedwon.orchestration.tasks.inbound",
    "closedwon.orchestration.tasks.outbound",
    "closedwon.orchestration.tasks.projects",
)


class WarmLocalExecutor(LocalExecutor):
    """LocalExecutor that imports what the tasks will need before it forks its workers."""

    def start(self) -> None:
        """Import the modules and read the mapping files, then fork the workers."""
        if self.is_mp_using_fork:
            import_ahead(HEAVY)
            read_mapping_files()
        super().start()

    def revoke_task(self, *, ti: TaskInstance) -> None:
        """Forget a task whose worker was killed before it began, so that the scheduler can queue it again.

        LocalExecutor does not have this method, so such a task stays queued, keeps its slot, and all later runs wait
        behind it. If its worker is alive after all, Airflow lets only one of the two begin.
        """
        log.warning("%s has been queued for too long: it is taken back, and queued again.", ti)
        self.queued_tasks.pop(ti.key, None)
        self.running.discard(ti.key)
