"""A delivery warehouse and a local org with the fields that an export needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from localorg.server import RunningOrg, running_org
from tests.outbound.export_desk import ROOT, Desk, open_desk


@pytest.fixture
def org(tmp_path: Path) -> Iterator[RunningOrg]:
    with running_org(tmp_path / "org", objects=ROOT / "demo" / "org.yaml", tls=True) as running:
        yield running


@pytest.fixture
def desk(engine: Engine, org: RunningOrg) -> Desk:
    return open_desk(engine, org)
