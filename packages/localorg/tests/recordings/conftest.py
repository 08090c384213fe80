from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from recorded_world import CUSTOM_OBJECTS
from replayed_org import Replayed

from localorg.schema import load_schema


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    folder = tmp_path_factory.mktemp("replay")
    (folder / "objects.yaml").write_text(CUSTOM_OBJECTS, encoding="utf-8")
    replayed = Replayed(load_schema(folder / "objects.yaml"), folder / "jobs")
    thread = threading.Thread(target=replayed.server.run, kwargs={"sockets": [replayed.listener]}, daemon=True)
    thread.start()
    yield replayed
    replayed.http.close()
    replayed.server.should_exit = True
    thread.join()
    replayed.org.close()


@pytest.fixture
def fresh(server: Replayed) -> Replayed:
    server.renew()
    return server
