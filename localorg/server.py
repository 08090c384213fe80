"""Serves an org: in the foreground for the command line, in a thread for tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from localorg.app import App
from localorg.auth import Credentials
from localorg.client import FaultControl
from localorg.clock import Clock
from localorg.data import load_data
from localorg.instance import API_LIMIT, Instance
from localorg.org import Org
from localorg.schema import load_schema
from localorg.tls import Certificates, prepare_certificates

LARGEST_HEAD_READ = 65_536
"""Bytes of request line and headers that the server reads, so that the app can answer 414 and 431 itself."""


BUILT_IN = {"Organization", "Profile", "RecordType", "User", "UserRole"}
"""Objects that hold records in an org without data."""


@dataclass(frozen=True)
class RunningOrg:
    """An org that answers at `base_url`; `org` is the same one behind the API."""

    base_url: str
    ca_file: Path | None
    org: Org
    control: FaultControl
    instance: Instance

    def access_token(self) -> str:
        """A token as the token endpoint gives out, for `simple_salesforce.Salesforce(session_id=...)`."""
        return self.instance.tokens.issue()


@contextmanager
def running_org(  # noqa: PLR0913
    folder: Path,
    *,
    data: Path | str | None = None,
    objects: Path | None = None,
    tls: bool = False,
    port: int = 0,
    api_limit: int = API_LIMIT,
) -> Iterator[RunningOrg]:
    """An org on 127.0.0.1 whose state is in `folder`, served by a thread of this process until the block ends.

    Args:
        data: the folder to load when `folder` holds no data yet, or "generated"; None for an org without data.
        objects: a YAML file with fields and objects of the org's own.
        port: 0 for a free one.
    """
    instance = open_instance(folder, data=data, objects=objects, api_limit=api_limit)
    certificates = prepare_certificates(folder / "tls", "localhost") if tls else None
    server, listener = make_server(instance, "127.0.0.1", port, certificates)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="localorg", daemon=True)
    thread.start()
    host = "localhost" if tls else "127.0.0.1"
    base_url = f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}"
    ca_file = certificates.ca if certificates else None
    try:
        yield RunningOrg(base_url, ca_file, instance.org, FaultControl(base_url, ca_file), instance)
    finally:
        server.should_exit = True
        thread.join()
        instance.org.close()


def open_instance(
    folder: Path,
    *,
    data: Path | str | None,
    objects: Path | None = None,
    credentials: Credentials | None = None,
    api_limit: int = API_LIMIT,
    say: Callable[[str], None] = lambda _: None,
) -> Instance:
    """The org in `folder`, which takes in `data` if it holds none yet; `say` is told what the data needed."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    org = Org(load_schema(*([objects] if objects else [])), folder / "org.sqlite", clock)
    if data is not None and _is_empty(org):
        load_data(org, data, clock().date(), say)
    return Instance(org, folder / "jobs", clock, credentials or Credentials(), api_limit)


def _is_empty(org: Org) -> bool:
    return not any(count for sobject, count in org.counts().items() if sobject not in BUILT_IN)


def make_server(
    instance: Instance, host: str, port: int, certificates: Certificates | None
) -> tuple[uvicorn.Server, socket.socket]:
    """A server that is ready to run, and the socket on which clients may call from now on."""
    app = App(instance)
    config = uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=LARGEST_HEAD_READ,
        ssl_certfile=certificates.certificate if certificates else None,
        ssl_keyfile=certificates.key if certificates else None,
    )
    server = app.server = uvicorn.Server(config)
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    return server, listener
