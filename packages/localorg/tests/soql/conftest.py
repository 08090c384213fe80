from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from soql_samples import CURRENCIES, CUSTOM, StandingClock, fill

from localorg.org import Org
from localorg.schema import load_schema


@pytest.fixture(scope="session")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    """One org for all tests, which change nothing that another one asks for."""
    yield from _opened(tmp_path_factory.mktemp("schema") / "custom.yaml", CUSTOM)


@pytest.fixture(scope="session")
def many_currencies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    """An org whose corporate currency is the euro."""
    yield from _opened(tmp_path_factory.mktemp("schema") / "currencies.yaml", CURRENCIES + CUSTOM)


@pytest.fixture(scope="session")
def ids(org: Org) -> dict[str, str]:
    """The ids of the records, by the names that the samples give them."""
    return fill(org)


def _opened(file: Path, definition: str) -> Iterator[Org]:
    file.write_text(definition, encoding="utf-8")
    opened = Org(load_schema(file), None, StandingClock())
    yield opened
    opened.close()
