from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from localorg.server import running_org
from tests.world import ROOT, World, fill_org


@pytest.fixture
def world(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org with three accounts, four contacts and three opportunities, and an empty warehouse."""
    with running_org(tmp_path / "org", objects=ROOT / "demo" / "org.yaml") as org:
        world = World(org, engine, database_url, tmp_path)
        fill_org(world.people())
        world.prepare()
        yield world
