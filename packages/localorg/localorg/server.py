"""Run an org in a thread of this process, for tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localorg.client import FaultControl
from localorg.http.startup import make_server, open_instance
from localorg.http.tls import prepare_certificates
from localorg.org import Org
from localorg.state.api_usage import API_LIMIT
from localorg.state.instance import Instance


@dataclass(frozen=True)
class RunningOrg:
    """An org that answers at `base_url`; `org` is the same one behind the API."""

    base_url: str
    ca_file: Path | None
    org: Org
    control: FaultControl
    instance: Instance

    def access_token(self) -> str:
        """Return a token as the token endpoint gives out, for `simple_salesforce.Salesforce(session_id=...)`."""
        return self.instance.tokens.issue()


@contextmanager
def running_org(
    folder: Path,
    *,
    data: Path | str | None = None,
    objects: Path | None = None,
    tls: bool = False,
    port: int = 0,
    api_limit: int = API_LIMIT,
) -> Iterator[RunningOrg]:
    """Serve an org on 127.0.0.1 whose state is in `folder`, by a thread of this process until the block ends.

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
