"""An org with objects and fields of a test's own, and the lines of mapping files that receive them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from localorg.server import running_org
from tests.world import World


def open_world(tmp_path: Path, engine: Engine, url: str, objects: str, **mappings: str) -> Iterator[World]:
    """Yield an org with objects of its own, and a warehouse with these mapping files."""
    (tmp_path / "org.yaml").write_text(objects)
    folder = tmp_path / "mappings"
    folder.mkdir()
    for name, text in mappings.items():
        (folder / f"{name}.yaml").write_text(text)
    with running_org(tmp_path / "org", objects=tmp_path / "org.yaml") as org:
        yield World(org, engine, url, tmp_path, mappings=folder)


def mapping_of(*lines: str) -> str:
    return "\n".join(["sobject: Account", "table: crm.accounts", "direction: receive", "fields:", *lines, ""])


def line(salesforce: str, column: str, kind: str) -> str:
    return f"  - {{salesforce: {salesforce}, column: {column}, type: {kind}, direction: receive}}"
