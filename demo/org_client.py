"""The org as another user's script sees it: plain HTTP, nothing of the pipeline's code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

VERSION = "v66.0"
TIMEOUT_S = 60


class OrgClient:
    """Reads and writes records of an org over its REST API."""

    def __init__(self, url: str, *, key: str, secret: str, ca_file: str | None) -> None:
        self._url = url
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = ca_file or True
        form = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
        token = self._http.post(f"{url}/services/oauth2/token", data=form, timeout=TIMEOUT_S)
        token.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    def query(self, soql: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a query, page by page."""
        answer = self._get(f"/services/data/{VERSION}/query", {"q": soql})
        while True:
            yield from answer["records"]
            if answer["done"]:
                return
            answer = self._get(answer["nextRecordsUrl"])

    def describe(self, sobject: str) -> dict[str, Any]:
        """Return what the org says of an object and its fields."""
        return dict(self._get(f"/services/data/{VERSION}/sobjects/{sobject}/describe"))

    def create(self, sobject: str, fields: dict[str, Any]) -> str:
        """Create a record, and return its id."""
        answer = self._http.post(f"{self._sobject(sobject)}", json=fields, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def update(self, sobject: str, record_id: str, fields: dict[str, Any]) -> None:
        """Update some fields of one record."""
        answer = self._http.patch(f"{self._sobject(sobject)}/{record_id}", json=fields, timeout=TIMEOUT_S)
        answer.raise_for_status()

    def delete(self, sobject: str, record_id: str) -> None:
        """Delete one record, which puts it into the recycle bin."""
        self._http.delete(f"{self._sobject(sobject)}/{record_id}", timeout=TIMEOUT_S).raise_for_status()

    def _sobject(self, sobject: str) -> str:
        return f"{self._url}/services/data/{VERSION}/sobjects/{sobject}"

    def _get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        answer = self._http.get(self._url + path, params=parameters, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()
