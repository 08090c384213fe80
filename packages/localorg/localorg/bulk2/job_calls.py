"""Calls that query and ingest jobs share: settings of a new job, the list of jobs, result files as answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from localorg.bulk2.jobs import DELIMITERS, LINE_ENDINGS, Job, Jobs, read_file
from localorg.errors import OrgError, invalid_query_locator
from localorg.ids import make_id, number_of, to_id18
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.state.instance import Instance

JOBS_A_PAGE = 1_000
_LOCATOR = "01g"


def settings(instance: Instance, call: Call, body: dict[str, Any], operations: Collection[str]) -> dict[str, Any]:
    """Return the settings of a new job of either kind.

    Raises:
        OrgError: API_ERROR, for a word that is none of those allowed.
    """
    _choice(body, "contentType", ("CSV",), "CSV")
    return {
        "operation": _choice(body, "operation", operations, ""),
        "delimiter": _choice(body, "columnDelimiter", DELIMITERS, "COMMA"),
        "line_ending": _choice(body, "lineEnding", LINE_ENDINGS, "LF"),
        "version": call.version,
        "created_by": instance.org.admin_user_id,
        "clock": instance.clock,
        "fault": call.fault,
    }


def _choice(body: dict[str, Any], name: str, allowed: Collection[str], default: str) -> str:
    value = str(body.get(name) or default)
    if value not in allowed:
        raise OrgError(400, "API_ERROR", f"Invalid value: '{value}' supplied for property: '{name}'")
    return value


def routes_of(kind: str, jobs_of: Callable[[Instance], Jobs[Any]]) -> Routes:
    """Return the endpoints that query and ingest jobs share: the list, one job, and its end."""
    routes = Routes()

    @routes.data("GET", f"/jobs/{kind}")
    def list_jobs(instance: Instance, call: Call) -> Answer:
        return _listed(jobs_of(instance), call)

    @routes.data("GET", f"/jobs/{kind}/{{job_id}}")
    def read_job(instance: Instance, _call: Call, job_id: str) -> Answer:
        job = jobs_of(instance).find(job_id)
        job.poll()
        return Answer(body=job.described_whole())

    @routes.data("DELETE", f"/jobs/{kind}/{{job_id}}")
    def delete_job(instance: Instance, _call: Call, job_id: str) -> Answer:
        jobs_of(instance).remove(job_id)
        return Answer(204)

    return routes


def _listed(jobs: Iterable[Job], call: Call) -> Answer:
    """Return a page of the jobs that the parameters of the call let through.

    Raises:
        OrgError: INVALID_QUERY_LOCATOR.
    """
    found = [job for job in jobs if _is_wanted(job, call)]
    start = _start(call.query.get("queryLocator", ""))
    page, end = found[start : start + JOBS_A_PAGE], start + JOBS_A_PAGE
    following = f"{call.path.rstrip('/')}?queryLocator={make_id(_LOCATOR, end)}" if end < len(found) else None
    body = {"done": following is None, "records": [job.described_whole() for job in page]}
    return Answer(body={**body, "nextRecordsUrl": following})


def file_answer(file: Path, content_type: str) -> Answer:
    """Return a file as it is, read while it goes out."""
    size = file.stat().st_size
    headers = {"Content-Type": content_type, "Content-Length": str(size)}
    return Answer(headers=headers, content=read_file(file, 0, size))


def _is_wanted(job: Job, call: Call) -> bool:
    """Return whether a filter matches; Bulk API 2.0 has no jobs with PK chunking and no serial ones."""
    kind, mode = call.query.get("jobType", job.kind), call.query.get("concurrencyMode", "parallel")
    return kind == job.kind and mode.lower() == "parallel" and not call.is_set("isPkChunkingEnabled")


def _start(locator: str) -> int:
    if not locator:
        return 0
    if to_id18(locator) != locator or not locator.startswith(make_id(_LOCATOR, 0)[:6]):
        raise invalid_query_locator()
    return number_of(locator)
