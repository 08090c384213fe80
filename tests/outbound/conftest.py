"""A delivery warehouse and a local org with the fields that an export needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from closedwon.mapping.model import Key, Send
from localorg.server import RunningOrg, running_org
from tests.outbound.export_desk import ROOT, Desk, open_desk


@pytest.fixture
def org(tmp_path: Path) -> Iterator[RunningOrg]:
    with running_org(tmp_path / "org", objects=ROOT / "demo" / "org.yaml", tls=True) as running:
        yield running


@pytest.fixture
def desk(engine: Engine, org: RunningOrg) -> Desk:
    return open_desk(engine, org)


@pytest.fixture
def numbered_desk(engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose projects are found by an external id that is a number: the row's id."""
    title = "      Project_Title__c: {type: text}\n"
    number = "      Number__c: {type: number, precision: 10, scale: 0, externalId: true, unique: true}\n"
    objects = tmp_path / "objects.yaml"
    objects.write_text((ROOT / "demo" / "org.yaml").read_text().replace(title, title + number))
    with running_org(tmp_path / "numbered", objects=objects, tls=True) as org:
        desk = open_desk(engine, org)
        send = Send(Key("Number__c", "id"), "delivery.projects_current")
        desk.use(replace(desk.mapping("projects"), send=send))
        yield desk
