"""Faults on demand: what a test wants the org to do wrong, on which calls, and how often it did."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import count
from typing import Any, Literal, get_args
from urllib.parse import unquote

from localorg.errors import OrgError

Kind = Literal["status", "hang", "truncate", "reset", "expire_tokens", "quota", "lock", "job_failed", "job_aborted"]
When = Literal["before", "after"]
PLAYED_BY_ENDPOINTS = ("lock", "job_failed", "job_aborted")


@dataclass
class Fault:
    """One order. It fires on the calls it matches, after `skip` of them, `count` times (None: until it is cleared)."""

    kind: Kind
    id: int = 0
    method: str | None = None
    path: str = ""
    """A regular expression, searched in the decoded path with its query string."""
    skip: int = 0
    count: int | None = 1
    status: int = 503
    code: str | None = None
    message: str | None = None
    seconds: float = 3600.0
    """How long a hang lasts."""
    when: When = "before"
    """For hang and reset: before the org acts, or after it acted and before it answers."""
    records: int | None = None
    """For lock: how many records of the call are locked, from the first; None is all."""
    matched: int = 0
    fired: int = 0

    def matches(self, method: str, target: str) -> bool:
        if self.kind == "quota" and not target.startswith("/services/data/"):
            return False  # a spent quota keeps nobody from signing in
        return (self.method is None or self.method.upper() == method) and re.search(self.path, target) is not None

    def locks(self, position: int) -> bool:
        """Whether the record at this position of the call, from 0, is locked."""
        return self.kind == "lock" and (self.records is None or position < self.records)


class Faults:
    """The faults that were ordered, in order; at most one fires on a call."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = count(1)
        self._lock = threading.Lock()

    def order(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """The fault as it was understood.

        Raises:
            OrgError: INVALID_FAULT, which names the key or the value that is wrong.
        """
        fault = _read_wish(wish)
        with self._lock:
            fault.id = next(self._ids)
            self._faults.append(fault)
        return asdict(fault)

    def listed(self) -> list[dict[str, Any]]:
        """All faults, with how many calls they matched and how often they fired."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str, query: str) -> Fault | None:
        """The fault that fires on this call, counted; None if the call is to work."""
        target = unquote((f"{path}?{query}" if query else path).replace("+", " "))
        chosen = None
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, target):
                    continue
                fault.matched += 1
                is_due = fault.matched > fault.skip and (fault.count is None or fault.fired < fault.count)
                if is_due and chosen is None:
                    fault.fired += 1
                    chosen = fault
        return chosen


def _read_wish(wish: Mapping[str, Any]) -> Fault:
    known = {field.name for field in fields(Fault)} - {"id", "matched", "fired"}
    unknown = sorted(set(wish) - known)
    if unknown:
        raise _invalid(f"A fault has no {unknown}; it has {sorted(known)}.")
    for name, allowed in (("kind", get_args(Kind)), ("when", get_args(When))):
        if wish.get(name, "before") not in allowed:
            raise _invalid(f"{name} = {wish.get(name)!r} is not one of {list(allowed)}.")
    try:
        re.compile(str(wish.get("path", "")))
    except re.error as error:
        raise _invalid(f"path = {wish['path']!r} is not a regular expression: {error}.") from error
    return Fault(**wish)


def _invalid(message: str) -> OrgError:
    return OrgError(400, "INVALID_FAULT", message)
