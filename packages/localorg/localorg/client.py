"""For tests: the control API of a running local org, as Python calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    def order(self, kind: str, path: str = "", **settings: Any) -> dict[str, Any]:
        """Set a fault; return it as the org understood it. `path` is a regular expression, searched in path and query.

        Args:
            settings: method, skip (calls that pass before it fires), count (how often it fires, None for always),
                probability and seed (fires on that share of the calls), status, code, message, seconds (of a hang or
                a delay, or until what a `late` call wrote is seen), when ("before" or "after" the org acted, or in
                the "middle" of the answer), records (how many of a call are locked, of a page are left out, or of a
                job are written before it fails), positions or ids (of the records that are locked).
        """
        return dict(self._call("POST", "faults", {"kind": kind, "path": path, **settings}))

    def faults(self) -> list[dict[str, Any]]:
        """Return all faults, with how often each `matched` and `fired`."""
        return list(self._call("GET", "faults"))

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._call("DELETE", "faults")

    def shift_clock(self, offset_s: float) -> None:
        """Set the org's clock to run, this many seconds ahead of the machine's."""
        self._call("POST", "clock", {"offset_s": offset_s})

    def advance_clock(self, seconds: float) -> None:
        """Move the org's clock forward, whether it runs or stands."""
        self._call("POST", "clock", {"advance_s": seconds})

    def hold_clock(self, now: datetime) -> None:
        """Stop the org's clock at `now`."""
        self._call("POST", "clock", {"now": now.isoformat()})

    def now(self) -> datetime:
        """Return the org's time, in UTC."""
        return datetime.fromisoformat(self._call("GET", "clock")["now"])

    def calls(self) -> dict[str, Any]:
        """Return `total`, `api` (without tokens), `used` (of the quota), and `calls` with method, path and count
        each.
        """
        return dict(self._call("GET", "calls"))

    def count_calls(self, path: str, method: str | None = None) -> int:
        """Return how often the endpoints were called whose path pattern contains `path`."""
        return sum(
            entry["count"]
            for entry in self.calls()["calls"]
            if path in entry["path"] and method in (None, entry["method"])
        )

    def reset_calls(self) -> None:
        """Reset the counts of calls."""
        self._call("DELETE", "calls")

    def limits(self) -> dict[str, int]:
        """Return `api_requests` and how many are `used`, `long_requests` and how many there are now (`long`)."""
        return dict(self._call("GET", "limits"))

    def set_limits(self, **limits: int) -> dict[str, int]:
        """Set limits; return all of them.

        Args:
            limits: api_requests (in 24 hours), used (how many of them count as spent), long_requests (how many may
                take 20 seconds at once).
        """
        return dict(self._call("POST", "limits", limits))

    def write_records(self, sobject: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
        """Write records as the system does, with any SystemModstamp; return their ids. One with an Id is changed."""
        return list(self._call("POST", "records", {"sobject": sobject, "records": [dict(r) for r in records]})["ids"])

    def merge(
        self, sobject: str, master: str, losers: Sequence[str], fields: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Merge records into `master`, whose fields are set; return `id`, `mergedRecordIds`, `updatedRelatedIds`."""
        settings = {"sobject": sobject, "master": master, "losers": list(losers), "fields": dict(fields or {})}
        return dict(self._call("POST", "merge", settings))

    def undelete(self, record_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Undelete records; return `id`, `success`, `errors` for each."""
        return list(self._call("POST", "undelete", {"ids": list(record_ids)}))

    def purge(self, record_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Remove records from the recycle bin; return a result for each."""
        return list(self._call("POST", "purge", {"ids": list(record_ids)}))

    def empty_recycle_bin(self) -> int:
        """Empty the recycle bin; return how many records were removed."""
        return int(self._call("POST", "purge", {})["purged"])

    def lock_records(self, record_ids: Iterable[str]) -> list[str]:
        """Lock records; return all locked ids. Writes of these records, and of those that refer to them, fail."""
        return list(self._call("POST", "locks", {"ids": list(record_ids)})["ids"])

    def unlock_records(self) -> None:
        """Unlock all records."""
        self._call("DELETE", "locks")

    def set_access(self, name: str, access: str | None) -> None:
        """Set an object or a field, `Account` or `Account.Fax`, to `hidden` or `readonly`; None gives all rights
        back.
        """
        self._call("POST", "access", {"name": name, "access": access})

    def rotate_refresh_tokens(self, rotates: bool = True) -> None:
        """Set whether a refresh token is good for one use, which returns the next one, or for any number of uses."""
        self._call("POST", "sign-in", {"rotates_refresh_tokens": rotates})

    def counts(self) -> dict[str, int]:
        """Return the number of records per object."""
        return dict(self._call("GET", "counts"))

    def _call(self, method: str, resource: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self._url}/{resource}", json=body, timeout=TIMEOUT_S)
        if not answer.ok:
            raise RuntimeError(f"{method} /localorg/{resource} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None
