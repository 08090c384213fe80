"""An org that has what a preset asks for, an empty warehouse, and the whole round between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from closedwon.flows import outbound
from closedwon.flows.projects import make_projects
from demo.databases import open_database
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


@contextmanager
def preset_world(name: str, folder: Path, database_url: str) -> Iterator[PresetWorld]:
    """Opens an org with the objects of a preset, beside an empty warehouse."""
    objects = PRESETS / name / "org" / "objects.yaml"
    engine = open_database(database_url)
    with running_org(folder / "org", objects=objects) as org:
        yield PresetWorld(org, engine, database_url, folder, mappings=PRESETS / name)
    engine.dispose()


@pytest.fixture
def open_preset(tmp_path: Path, database_url: str) -> Iterator[Callable[[str], PresetWorld]]:
    """Opens the world of a preset for one test."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(preset_world(name, tmp_path, database_url))
