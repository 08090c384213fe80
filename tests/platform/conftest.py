"""Fixtures of the platform's tests: cheap services, and folders that Postgres's own user may or may not enter."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.server_user import OUTSIDE
from demo.services import Service

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def python_service() -> Callable[..., Service]:
    """Makes a service that runs some lines of Python."""

    def make(name: str, code: str, *arguments: object) -> Service:
        return Service(name, [sys.executable, "-c", code, *map(str, arguments)], dict(os.environ))

    return make


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, as pytest's own are not."""
    place = OUTSIDE if os.geteuid() == 0 else None  # where TMPDIR leads to may be private
    if place:
        place.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="closedwon test ", dir=place))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
