"""An org that has what a preset asks for, an empty warehouse, and the whole round between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from closedwon.flows import outbound
from closedwon.flows.projects import make_projects
from localorg.server import running_org
from tests.world import ROOT, World

PRESETS = ROOT / "include" / "mappings" / "presets"
TODAY = date(2026, 6, 1)


@dataclass
class PresetWorld(World):
    """Both sides of a preset, and its round: import, projects, export."""

    def bring(self) -> None:
        """One import, and the rules that follow it."""
        self.run_import()
        for rule in self.catalog.rules:
            make_projects(self.engine, self.catalog, rule, run_id=self.next_run(), today=TODAY)

    def export(self) -> None:
        """One export of every mapping that sends."""
        sf, run_id = self.login(), self.next_run()
        for mapping in self.catalog.outbound:
            outbound.plan(self.engine, sf, mapping, run_id=run_id)
            outbound.apply(self.engine, sf, mapping, run_id=run_id)
            outbound.settle(self.engine, mapping, run_id=run_id)

    def round(self) -> None:
        """Import, projects, export, and an import of what has changed since."""
        self.bring()
        self.export()
        self.bring()


@pytest.fixture
def open_preset(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[Callable[[str], PresetWorld]]:
    """Opens an org with the objects of a preset, beside an empty warehouse."""
    with ExitStack() as stack:

        def open_world(name: str) -> PresetWorld:
            objects = PRESETS / name / "org" / "objects.yaml"
            org = stack.enter_context(running_org(tmp_path / "org", objects=objects if objects.exists() else None))
            return PresetWorld(org, engine, database_url, tmp_path, mappings=PRESETS / name)

        yield open_world
