"""An org as it is served: the records, and beside them the tokens, quota, faults, cursors and jobs."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from localorg import auth, bulk_ingest, bulk_query, collections, composite, control, limits, query, rest
from localorg.auth import Credentials, Tokens
from localorg.clock import Clock
from localorg.errors import OrgError
from localorg.faults import Faults
from localorg.ingest_rows import IngestJob
from localorg.jobs import Jobs
from localorg.limits import ApiUsage
from localorg.org import Org
from localorg.query import Cursors
from localorg.rest import Etags
from localorg.wire import Answer, Call, Route, Routes, error_answer

API_LIMIT = 100_000
MODULES = (rest, query, auth, limits, collections, composite, bulk_query, bulk_ingest, control)


class CallCounts:
    """How often each endpoint was called over HTTP, whatever the answer."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, method: str, pattern: str) -> None:
        with self._lock:
            self._counts[(method, pattern)] += 1

    def listed(self) -> list[dict[str, str | int]]:
        """One entry for each endpoint that was called, by method and path pattern."""
        with self._lock:
            return [{"method": m, "path": p, "count": n} for (m, p), n in sorted(self._counts.items())]

    def reset(self) -> None:
        with self._lock:
            self._counts.clear()


class Instance:
    """Answers calls; `folder` takes the results of bulk jobs, and what is in memory ends with the process."""

    def __init__(self, org: Org, folder: Path, clock: Clock, credentials: Credentials, api_limit: int) -> None:
        self.org = org
        self.clock = clock
        self.credentials = credentials
        self.tokens = Tokens(org.organization_id, clock)
        self.usage = ApiUsage(api_limit, clock)
        self.faults = Faults()
        self.calls = CallCounts()
        self.cursors = Cursors(clock)
        self.etags = Etags(clock)
        self.query_jobs: Jobs[bulk_query.QueryJob] = Jobs(folder / "query")
        self.ingest_jobs: Jobs[IngestJob] = Jobs(folder / "ingest")
        self._routes = Routes()
        self._routes.include(module.ROUTES for module in MODULES)

    def answer(self, call: Call) -> Answer:
        """The answer to a call over HTTP, which needs a token and costs one API call, unless the endpoint is open."""
        try:
            route, parameters = self._routes.find(call.method, call.path)
            self.calls.add(route.method, route.pattern.replace("{version}", "vXX.0"))
            if route.is_open:
                return route.endpoint(self, call, **parameters)
            self.tokens.check(call)
        except OrgError as error:
            return error_answer(call, error)
        return self._answer_and_charge(route, call, parameters)

    def dispatch(self, call: Call) -> Answer:
        """The answer to a call that another one carries."""
        try:
            route, parameters = self._routes.find(call.method, call.path)
            return route.endpoint(self, call, **parameters)
        except OrgError as error:
            return error_answer(call, error)

    def _answer_and_charge(self, route: Route, call: Call, parameters: dict[str, str]) -> Answer:
        try:
            self.usage.spend()
            answer = route.endpoint(self, call, **parameters)
        except OrgError as error:
            answer = error_answer(call, error)
        answer.headers["Sforce-Limit-Info"] = f"api-usage={self.usage.used}/{self.usage.maximum}"
        return answer
