"""Imports and reads that a process makes once, so that the processes that it forks have them."""

from __future__ import annotations

import importlib
import logging
import os
import time
from collections.abc import Iterable

log = logging.getLogger(__name__)


def import_ahead(modules: Iterable[str]) -> None:
    """Import modules; one that fails to import is logged, and fails again in the process that needs it."""
    # Great Expectations logs 214 lines while it is imported under Airflow's logging, and sends usage statistics.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    began = time.monotonic()
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception:  # this process serves other teams' DAGs too: it must go on
            log.exception("%s could not be imported ahead of the tasks.", module)
    log.info("Imported modules ahead of the tasks in %.1f s", time.monotonic() - began)


def read_mapping_files() -> None:
    """Read the mapping files, so that a forked process parses them only if they have changed since."""
    from closedwon.orchestration.clients import read_catalog

    try:
        read_catalog()
    except Exception:  # as above: tasks that need the files report what is wrong
        log.exception("The mapping files could not be read ahead of the tasks.")
