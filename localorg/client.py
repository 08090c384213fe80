"""For tests: the control API of a running local org, as Python calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

TIMEOUT_S = 30


class FaultControl:
    """Orders faults, sets the clock, counts calls and writes records as the system does."""

    def __init__(self, base_url: str, ca_file: Path | None = None) -> None:
        self._url = f"{base_url}/localorg"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(ca_file) if ca_file else True

    def order(self, kind: str, path: str = "", **wish: Any) -> dict[str, Any]:
        """The fault as the org understood it. `path` is searched as a regular expression in path and query.

        Args:
            wish: method, skip (calls that pass before it fires), count (how often it fires, None for always), status,
                code, message, seconds (of a hang), when ("before" or "after" the org acted), records (how many of a
                call are locked, or of a job are written before it fails).
        """
        return dict(self._call("POST", "faults", {"kind": kind, "path": path, **wish}))

    def faults(self) -> list[dict[str, Any]]:
        """All faults, with how often each `matched` and `fired`."""
        return list(self._call("GET", "faults"))

    def clear_faults(self) -> None:
        """Everything works again."""
        self._call("DELETE", "faults")

    def shift_clock(self, offset_s: float) -> None:
        """The org's clock runs, this many seconds ahead of the machine's."""
        self._call("POST", "clock", {"offset_s": offset_s})

    def hold_clock(self, now: datetime) -> None:
        """The org's clock stands still at `now`."""
        self._call("POST", "clock", {"now": now.isoformat()})

    def now(self) -> datetime:
        """The org's time, in UTC."""
        return datetime.fromisoformat(self._call("GET", "clock")["now"])

    def calls(self) -> dict[str, Any]:
        """`total`, `api` (without tokens), `used` (of the quota), and `calls` with method, path and count each."""
        return dict(self._call("GET", "calls"))

    def count_calls(self, path: str, method: str | None = None) -> int:
        """How often the endpoints were called whose path pattern contains `path`."""
        return sum(
            entry["count"]
            for entry in self.calls()["calls"]
            if path in entry["path"] and method in (None, entry["method"])
        )

    def reset_calls(self) -> None:
        """The counts of calls start anew."""
        self._call("DELETE", "calls")

    def write_records(self, sobject: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
        """The ids of records written as the system writes, with any SystemModstamp; one with an Id is changed."""
        return list(self._call("POST", "records", {"sobject": sobject, "records": [dict(r) for r in records]})["ids"])

    def counts(self) -> dict[str, int]:
        """Records per object."""
        return dict(self._call("GET", "counts"))

    def _call(self, method: str, resource: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self._url}/{resource}", json=body, timeout=TIMEOUT_S)
        if not answer.ok:
            raise RuntimeError(f"{method} /localorg/{resource} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None
