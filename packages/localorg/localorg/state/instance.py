"""A served org: records, and beside them tokens, quota, faults, cursors and jobs."""

from __future__ import annotations

from pathlib import Path

from localorg.bulk1.jobs import Jobs as AsyncJobs
from localorg.bulk2.ingest_job import IngestJob
from localorg.bulk2.jobs import Jobs
from localorg.bulk2.query_job import QueryJob
from localorg.clock import Clock
from localorg.errors import OrgError
from localorg.faults import Faults
from localorg.messages import Answer, Call, error_answer
from localorg.org import Org
from localorg.routes import Route, Routes
from localorg.state.api_usage import ApiUsage
from localorg.state.call_log import CallCounts
from localorg.state.concurrency import LongRequests
from localorg.state.cursors import Cursors
from localorg.state.etags import Etags
from localorg.state.tokens import Credentials, Tokens


class Instance:
    """Answers calls; `folder` takes the results of bulk jobs, and what is in memory ends with the process."""

    def __init__(
        self, org: Org, folder: Path, clock: Clock, routes: Routes, credentials: Credentials, api_limit: int
    ) -> None:
        self.org = org
        self.clock = clock
        self.credentials = credentials
        self.tokens = Tokens(org.organization_id, clock)
        self.usage = ApiUsage(api_limit, clock)
        self.long_requests = LongRequests()
        self.faults = Faults()
        self.calls = CallCounts()
        self.cursors = Cursors(clock)
        self.etags = Etags(clock)
        self.query_jobs: Jobs[QueryJob] = Jobs(folder / "query", clock)
        self.ingest_jobs: Jobs[IngestJob] = Jobs(folder / "ingest", clock)
        self.async_jobs = AsyncJobs(folder / "async")
        self._routes = routes

    def answer(self, call: Call) -> Answer:
        """Return the answer to a call over HTTP, which needs a token and costs one API call, unless the endpoint is
        open.
        """
        try:
            route, parameters = self._routes.find(call.method, call.path)
            if route.is_of_salesforce:
                self.calls.add(route.method, route.pattern.replace("{version}", "vXX.0"))
            if route.is_open:
                return self._act(route, call, parameters)
            self.tokens.check(call)
        except OrgError as error:
            return error_answer(call, error)
        return self._answer_and_charge(route, call, parameters)

    def dispatch(self, call: Call) -> Answer:
        """Return the answer to a call that another one carries."""
        try:
            route, parameters = self._routes.find(call.method, call.path)
            return route.endpoint(self, call, **parameters)
        except OrgError as error:
            return error_answer(call, error)

    def _act(self, route: Route, call: Call, parameters: dict[str, str]) -> Answer:
        # What only reads may wait for a job's thread, which could not write meanwhile.
        with self.org.lifecycle.delayed_by(None if route.method == "GET" else call.fault):
            return route.endpoint(self, call, **parameters)

    def _answer_and_charge(self, route: Route, call: Call, parameters: dict[str, str]) -> Answer:
        try:
            with self.long_requests.running():
                self.usage.spend()
                answer = self._act(route, call, parameters)
        except OrgError as error:
            answer = error_answer(call, error)
        answer.headers["Sforce-Limit-Info"] = f"api-usage={self.usage.used}/{self.usage.maximum}"
        return answer
