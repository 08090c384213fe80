"""The task that stands for a mapping file which cannot be used, so that its findings are seen in every run."""

from __future__ import annotations

import logging

from airflow.sdk import task

from closedwon.errors import MappingFault
from closedwon.orchestration.clients import read_catalog

log = logging.getLogger(__name__)


@task
def check_file(file: str) -> None:
    """Fail with the findings of a broken mapping file, each with file and line."""
    for broken in read_catalog().broken:
        if broken.file == file:
            raise MappingFault(broken.message)
    log.info("%s has been corrected; the next run uses it.", file)
