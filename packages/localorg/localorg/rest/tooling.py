"""The Tooling API as far as clients query it; the org has no code and no metadata."""

from __future__ import annotations

import re

from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
OBJECT = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)
PARENTHESES = re.compile(r"\([^()]*\)")
METADATA = frozenset(
    {
        "ApexClass",
        "ApexCodeCoverageAggregate",
        "ApexOrgWideCoverage",
        "ApexPage",
        "ApexTestQueueItem",
        "ApexTestResult",
        "ApexTrigger",
        "AsyncApexJob",
        "CustomField",
        "CustomObject",
        "Flow",
        "FlowDefinition",
        "InstalledSubscriberPackage",
        "PackageLicense",
        "SubscriberPackageVersion",
        "TraceFlag",
        "ValidationRule",
        "WorkflowRule",
    }
)
"""Objects of the Tooling API that every org has, and of which this one holds no records."""


@ROUTES.data("GET", "/tooling")
def list_resources(_instance: Instance, call: Call) -> Answer:
    """Return the resources of the Tooling API that are served here."""
    return Answer(body={name: f"{call.root}/tooling/{name}" for name in ("query", "sobjects")})


@ROUTES.data("GET", "/tooling/sobjects")
def list_objects(_instance: Instance, _call: Call) -> Answer:
    """Return an empty list of objects."""
    return Answer(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": []})


@ROUTES.data("GET", "/tooling/query")
def query(instance: Instance, call: Call) -> Answer:
    """Return all records of a query; the envelope has more keys than that of /query."""
    soql = call.query.get("q", "")
    root = f"{call.root}/tooling"
    named = OBJECT.search(PARENTHESES.sub("", soql))
    if named and instance.org.schema.find(named[1]) is None and named[1].lower() in {n.lower() for n in METADATA}:
        return Answer(body=_envelope([], None))
    if not soql:
        raise OrgError(400, "MALFORMED_QUERY", "The parameter 'q' with the SOQL text is missing")
    found = instance.org.query(soql)
    records = found.records(0, found.total_size, root=root)
    return Answer(body=_envelope(records, found.sobject if records else None))


def _envelope(records: list[dict[str, object]], name: str | None) -> dict[str, object]:
    return {
        "size": len(records),
        "totalSize": len(records),
        "done": True,
        "queryLocator": None,
        "entityTypeName": name,
        "records": records,
    }
