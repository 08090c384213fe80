"""Names of mappings and rules, which are parts of the ids of Airflow's tasks."""

from __future__ import annotations

import re

TASK_IDS = frozenset({"probe", "finished"})
"""Ids of the DAGs' own tasks, which a file's group of tasks cannot have."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+")
_ID_LINE = re.compile(r"^id:[ ]*([A-Za-z0-9_-]+)[ ]*(?:#.*)?$", re.MULTILINE)


def names_tasks(name: str) -> bool:
    """Return whether a file's name or id can be part of the ids of Airflow tasks."""
    return _PLAIN_NAME.fullmatch(name) is not None


def find_id(text: str) -> str | None:
    """Return the key `id` of a file that YAML cannot parse; None where no line has it."""
    found = _ID_LINE.search(text)
    return found[1] if found else None
