"""Assemble an org for serving: records, data, instance and server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, cast

import uvicorn

from localorg.clock import Clock
from localorg.data.load import load_data
from localorg.http.app import App, Connection
from localorg.http.endpoints import ENDPOINTS
from localorg.org import Org
from localorg.schema import load_schema
from localorg.state.api_usage import API_LIMIT
from localorg.state.instance import Instance
from localorg.state.tokens import Credentials

if TYPE_CHECKING:
    from localorg.http.tls import Certificates

LARGEST_HEAD_READ = 65_536
"""Bytes of request line and headers that the server reads, so that the app can answer 414 and 431 itself."""

BUILT_IN = {"CurrencyType", "Organization", "Pricebook2", "Profile", "RecordType", "User", "UserRole"}
"""Objects that hold records in an org without data."""


def open_instance(
    folder: Path,
    *,
    data: Path | str | None,
    objects: Path | None = None,
    credentials: Credentials | None = None,
    api_limit: int = API_LIMIT,
    say: Callable[[str], None] = lambda _: None,
) -> Instance:
    """Open the org in `folder`, and load `data` if it holds none yet; `say` gets the messages."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    org = Org(load_schema(*([objects] if objects else [])), folder / "org.sqlite", clock)
    if data is not None and _is_empty(org):
        load_data(org, data, clock().date(), say)
    return Instance(org, folder / "jobs", clock, ENDPOINTS, credentials or Credentials(), api_limit)


def _is_empty(org: Org) -> bool:
    return not any(count for sobject, count in org.counts().items() if sobject not in BUILT_IN)


class Server(uvicorn.Server):
    """Leaves clients that only keep a connection open: over TLS, each would be waited for to say goodbye."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in cast(Collection[Connection], list(self.server_state.connections)):
            is_idle = connection.cycle is None or connection.cycle.response_complete
            if is_idle and not connection.transport.get_write_buffer_size():
                connection.transport.abort()
        await super().shutdown(sockets)


def make_server(
    instance: Instance, host: str, port: int, certificates: Certificates | None
) -> tuple[uvicorn.Server, socket.socket]:
    """Return a server that is ready to run, and the socket on which clients may call from now on."""
    app = App(instance)
    server = Server(_config(app, certificates))
    app.connections = cast(Collection[Connection], server.server_state.connections)
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    # Else the head and the body of each answer, which are sent one after the other, are 40 ms apart: asyncio sees to
    # that only for sockets that name their protocol. Connections have it from the listener.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server, listener


def _config(app: App, certificates: Certificates | None) -> uvicorn.Config:
    return uvicorn.Config(
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
