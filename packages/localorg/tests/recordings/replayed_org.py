"""A server whose org is replaced for each recorded exchange, and a client of it."""

from __future__ import annotations

from pathlib import Path

import requests

from localorg.clock import Clock
from localorg.http.endpoints import ENDPOINTS
from localorg.http.startup import make_server
from localorg.org import Org
from localorg.schema import Schema
from localorg.state.api_usage import API_LIMIT
from localorg.state.instance import Instance
from localorg.state.tokens import Credentials


class Replayed:
    """A fresh org behind one server, and a client that is signed in to it."""

    def __init__(self, schema: Schema, folder: Path) -> None:
        self._schema = schema
        self._folder = folder
        self.http = requests.Session()
        self.http.trust_env = False
        self.instance = self._new_instance()
        self.server, self.listener = make_server(self.instance, "127.0.0.1", 0, None)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    @property
    def org(self) -> Org:
        return self.instance.org

    def renew(self) -> None:
        """From now on the server answers for a new, empty org."""
        self.instance.org.close()
        self.instance = self._new_instance()
        self.server.config.app.instance = self.instance  # type: ignore[union-attr]

    def _new_instance(self) -> Instance:
        clock = Clock()
        org = Org(self._schema, None, clock)
        instance = Instance(org, self._folder, clock, ENDPOINTS, Credentials(), API_LIMIT)
        self.http.headers["Authorization"] = f"OAuth {instance.tokens.issue()}"
        return instance
