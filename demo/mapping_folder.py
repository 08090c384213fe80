"""What the demo asks of a folder of mapping files, read without the pipeline's code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

OBJECTS = Path("org") / "objects.yaml"
"""In a preset: the objects and fields that the org needs, in the local org's language."""


def read_files(folder: Path) -> list[dict[str, Any]]:
    """Return the mapping files, each with its `name`."""
    return [_read(path) | {"name": path.stem} for path in sorted(folder.glob("*.yaml"))]


def find_sources(folder: Path) -> set[str]:
    """Return the names of the mappings whose records the folder's rules look at."""
    objects = {_read(path).get("source", "Opportunity") for path in folder.glob("rules/*.yaml")}
    received = (file for file in read_files(folder) if file["direction"] == "receive")
    return {file["name"] for file in received if file["sobject"] in objects}


def has_sent(folder: Path) -> bool:
    """Return whether anything is sent to Salesforce."""
    return any(file["direction"] == "send" for file in read_files(folder))


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read
