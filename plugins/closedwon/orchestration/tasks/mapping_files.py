"""Broken mapping files in the DAGs: which of them have the tasks of sound ones, and the failing task of the others."""

from __future__ import annotations

import logging

from airflow.sdk import task

from closedwon.errors import MappingFault
from closedwon.mapping.model import BrokenFile, Catalog, FileKind
from closedwon.mapping.reader.task_names import TASK_IDS, names_tasks
from closedwon.orchestration.clients import read_catalog

log = logging.getLogger(__name__)


def broken_with_own_tasks(catalog: Catalog, kind: FileKind) -> list[BrokenFile]:
    """Return the broken files of a kind that get the tasks which they would have if they were sound.

    The first of these tasks reads the file and fails with its findings. A run has the tasks of the moment at which it
    was made, so a file that is broken or corrected later must not change them. A file has no tasks of its own if its
    name cannot name any, or is taken by a sound file or another broken one.
    """
    taken = {*TASK_IDS, *(file.name for file in (catalog.rules if kind == "rule" else catalog.mappings))}
    found: dict[str, BrokenFile] = {}
    for broken in catalog.broken:
        if broken.kind == kind and broken.name not in taken and names_tasks(broken.name):
            found.setdefault(broken.name, broken)
    return list(found.values())


@task
def check_file(file: str) -> None:
    """Fail with the findings of a broken mapping file, each with file and line."""
    for broken in read_catalog().broken:
        if broken.file == file:
            raise MappingFault(broken.message, remedy="Correct what the message names: the next run uses it.")
    log.info("%s has been corrected; the next run uses it.", file)
