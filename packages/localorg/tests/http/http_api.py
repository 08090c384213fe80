"""A client that knows nothing of the local org but HTTP."""

from __future__ import annotations

import csv
import io
from typing import Any

import requests

from localorg.server import RunningOrg


class Api:
    """Calls below /services/data/v59.0, with a token."""

    def __init__(self, org: RunningOrg) -> None:
        self.org = org
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {org.access_token()}"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("/services") else f"/services/data/v59.0{path}"
        return self.http.request(method, self.org.base_url + url, timeout=20, **options)

    def query(self, soql: str, **options: Any) -> dict[str, Any]:
        answer = self("GET", "/query", params={"q": soql}, **options)
        answer.raise_for_status()
        return dict(answer.json())

    def create(self, sobject: str, **fields: Any) -> str:
        answer = self("POST", f"/sobjects/{sobject}", json=fields)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def wait_for(self, job: str) -> dict[str, Any]:
        """The job once it has ended; every look at it is one call, so this cannot spin for long."""
        while True:
            told = dict(self("GET", job).json())
            if told["state"] in ("JobComplete", "Failed", "Aborted"):
                return told


def read_csv(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
