"""Injected faults: which calls they match, how often they fire, and what goes wrong."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import count
from random import Random
from typing import Any, Literal, get_args
from urllib.parse import unquote

from localorg.errors import ROW_LOCKED, OrgError

Kind = Literal[
    "status",
    "html",
    "latency",
    "hang",
    "truncate",
    "garbage",
    "reset",
    "expire_tokens",
    "quota",
    "lock",
    "late",
    "short_page",
    "lost_rows",
    "repeat_page",
    "job_failed",
    "job_aborted",
]
When = Literal["before", "middle", "after"]
INJECTED_BY_ENDPOINTS = ("lock", "late", "short_page", "lost_rows", "repeat_page", "job_failed", "job_aborted")
KNOWN_ERRORS = {
    "API_DISABLED_FOR_ORG": (403, "The REST API is not enabled for this Organization."),
    "API_TEMPORARILY_UNAVAILABLE": (503, "Salesforce API is temporarily unavailable"),
    "INVALID_SESSION_ID": (401, "Session expired or invalid"),
    "QUERY_TIMEOUT": (400, "Your query request was running for too long."),
    "REQUEST_RUNNING_TOO_LONG": (400, "Your request was running for too long, and has been stopped."),
    "SERVER_UNAVAILABLE": (503, "The server is temporarily unavailable"),
    "UNABLE_TO_LOCK_ROW": (400, ROW_LOCKED),
    "UNKNOWN_EXCEPTION": (500, "An unexpected error occurred."),
}
"""Status and message of the errors that an order may give by their code alone."""


@dataclass
class Fault:
    """One injected fault. It fires on the calls it matches, after `skip` of them, `count` times (None: until it is
    cleared).
    """

    kind: Kind
    id: int = 0
    method: str | None = None
    path: str = ""
    """A regular expression, searched in the decoded path with its query string."""
    skip: int = 0
    count: int | None = 1
    status: int | None = None
    """For status and html; by default that of the code, or 503."""
    code: str | None = None
    message: str | None = None
    seconds: float = 3600.0
    """How long a hang lasts, or the delay of latency, or how late the writes of a call become visible, by the org's
    clock."""
    when: When = "before"
    """For hang and reset: before the org acts, or after it acted and before it answers; for reset also in the middle
    of the answer."""
    records: int | None = None
    """For lock: how many records of the call are locked, from the first; None is all. For short_page and lost_rows:
    how many records the page lacks; None is half of them."""
    positions: list[int] | None = None
    """For lock: which records of the call, counted from 0."""
    ids: list[str] | None = None
    """For lock: which records, wherever they stand."""
    probability: float | None = None
    """Fires only on this share of the calls it matches, which `seed` chooses: the same ones each time."""
    seed: int = 0
    matched: int = 0
    fired: int = 0

    def matches(self, method: str, target: str) -> bool:
        if self.kind == "quota" and not target.startswith("/services/data/"):
            return False  # a spent quota keeps nobody from signing in
        return (self.method is None or self.method.upper() == method) and re.search(self.path, target) is not None

    def locks(self, position: int, record_id: str | None = None) -> bool:
        """Return whether the record at this position of the call, from 0, is locked."""
        if self.kind != "lock":
            return False
        if self.ids is not None:
            return record_id is not None and record_id[:15] in {chosen[:15] for chosen in self.ids}
        if self.positions is not None:
            return position in self.positions
        return self.records is None or position < self.records

    def is_due_by_chance(self) -> bool:
        """Return whether the fault's probability lets it fire on the call that it matched last."""
        if self.probability is None:
            return True
        return Random(f"{self.seed}/{self.matched}").random() < self.probability  # noqa: S311 (no secret)

    def lacking(self, size: int) -> int:
        """Return how many of the `size` records of a page are left out; one at least stays."""
        return max(min(size // 2 if self.records is None else self.records, size - 1), 0)

    def error(self) -> OrgError:
        """Return the error of a fault of kind status."""
        code = self.code or "SERVER_UNAVAILABLE"
        status, message = KNOWN_ERRORS.get(code, (503, "The request failed on demand"))
        return OrgError(self.status or status, code, self.message or message)


class Faults:
    """The injected faults, in the order in which they were set; at most one fires on a call."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = count(1)
        self._lock = threading.Lock()

    def order(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Add a fault; return it as it was understood.

        Raises:
            OrgError: INVALID_FAULT, which names the key or the value that is wrong.
        """
        fault = _read_fault(settings)
        with self._lock:
            fault.id = next(self._ids)
            self._faults.append(fault)
        return asdict(fault)

    def listed(self) -> list[dict[str, Any]]:
        """Return all faults, with how many calls they matched and how often they fired."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str, query: str) -> Fault | None:
        """Return the fault that fires on this call, and count it; None if the call is to work."""
        target = unquote((f"{path}?{query}" if query else path).replace("+", " "))
        chosen = None
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, target):
                    continue
                fault.matched += 1
                is_due = fault.matched > fault.skip and (fault.count is None or fault.fired < fault.count)
                if is_due and chosen is None and fault.is_due_by_chance():
                    fault.fired += 1
                    chosen = fault
        return chosen


def _read_fault(settings: Mapping[str, Any]) -> Fault:
    known = {field.name for field in fields(Fault)} - {"id", "matched", "fired"}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise _invalid(f"A fault has no {unknown}; it has {sorted(known)}.")
    for name, allowed in (("kind", get_args(Kind)), ("when", get_args(When))):
        if settings.get(name, "before" if name == "when" else None) not in allowed:
            raise _invalid(f"{name} = {settings.get(name)!r} is not one of {list(allowed)}.")
    for name, value in settings.items():
        _check_type(name, value)
    try:
        re.compile(settings.get("path", ""))
    except re.error as error:
        raise _invalid(f"path = {settings['path']!r} is not a regular expression: {error}.") from error
    return Fault(**settings)


def _check_type(name: str, value: Any) -> None:
    allowed = _TYPES.get(name, str)
    if name in _MAY_BE_NULL and value is None:
        return
    if not isinstance(value, allowed) or isinstance(value, bool):
        raise _invalid(f"{name} = {value!r} is of the wrong type.")
    least, most = _RANGES.get(name, (-math.inf, math.inf))
    if isinstance(value, int | float) and not least <= value <= most:
        raise _invalid(f"{name} = {value!r} is not from {least} to {most}.")
    if name == "status" and value in _WITHOUT_BODY:
        raise _invalid(f"status = {value!r} has no body, which every fault has.")
    if isinstance(value, list) and not all(isinstance(item, int if name == "positions" else str) for item in value):
        raise _invalid(f"{name} = {value!r} holds something of the wrong type.")


_TYPES: dict[str, Any] = {
    **dict.fromkeys(("skip", "count", "status", "records", "seed"), int),
    **dict.fromkeys(("seconds", "probability"), int | float),
    **dict.fromkeys(("positions", "ids"), list),
}
"""Of the keys of an order that are no texts."""
_RANGES = {"status": (200, 599), "seconds": (0, 100 * 366 * 86_400), "probability": (0, 1)}
_WITHOUT_BODY = (204, 304)
_MAY_BE_NULL = frozenset({"method", "count", "status", "code", "message", "records", "positions", "ids", "probability"})


def _invalid(message: str) -> OrgError:
    return OrgError(400, "INVALID_FAULT", message)
