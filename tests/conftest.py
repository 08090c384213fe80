"""What every test may use: a real Postgres, one server for the run and an empty database for each test."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

os.environ["GX_ANALYTICS_ENABLED"] = "false"

MEMORY_DISK = Path("/dev/shm")
ENOUGH_BYTES = 4 << 30


def has_room(folder: Path) -> bool:
    """Whether programs can run below the folder, and what the tests keep for a while fits."""
    if not folder.is_dir():
        return False
    state = os.statvfs(folder)
    return not state.f_flag & os.ST_NOEXEC and state.f_bavail * state.f_frsize > ENOUGH_BYTES


# The tests make and remove a thousand databases of three hundred files each: 0.01 s for one in memory, and 0.2 s on a
# disk whose file system is slow to give free what was just removed.
if "TMPDIR" not in os.environ and has_room(MEMORY_DISK):
    os.environ["TMPDIR"] = str(MEMORY_DISK)
    tempfile.tempdir = None

# Airflow reads these when it is imported, and makes its home there: never in the home of whoever runs the tests.
AIRFLOW_HOME = tempfile.TemporaryDirectory(prefix="closedwon-airflow-")
os.environ["AIRFLOW_HOME"] = AIRFLOW_HOME.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).resolve().parents[1] / "dags")

import psycopg2  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402
from sqlalchemy import Engine  # noqa: E402

from demo.databases import open_database  # noqa: E402
from demo.postgres import Postgres, forget_other_servers, remove_postgres, start_postgres  # noqa: E402

# The same examples in every run; and how long one takes says nothing of the code on a machine that is busy.
settings.register_profile("closedwon", deadline=None, derandomize=True)
settings.load_profile("closedwon")


def pytest_collection_finish() -> None:
    """Leave what is imported by now out of garbage collection, and collect rarely: a seventh of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def free_port() -> int:
    """A TCP port on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not below pytest's own folder, which only root may enter: the server runs as a user of its own.
    folder = Path(tempfile.mkdtemp(prefix="closedwon-test-"))
    folder.chmod(0o755)
    forget_other_servers()
    server = start_postgres(folder / "postgres", free_port())
    with closing(psycopg2.connect(server.url())) as admin:
        admin.autocommit = True
        # The databases live for one test each: no test pulls the plug of the machine.
        admin.cursor().execute("ALTER SYSTEM SET fsync = off")
        admin.cursor().execute("SELECT pg_reload_conf()")
    yield server
    server.stop()
    remove_postgres(folder / "postgres")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_database(postgres: Postgres) -> Callable[[], AbstractContextManager[str]]:
    """Opens an empty database that exists as long as the context does; the context gives its address."""

    @contextmanager
    def open_new() -> Iterator[str]:
        name = f"test_{uuid.uuid4().hex[:12]}"
        admin = psycopg2.connect(postgres.url())
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
            yield postgres.url(name)
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.close()

    return open_new


@pytest.fixture
def database_url(new_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """The address of an empty database that exists for one test."""
    with new_database() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()
