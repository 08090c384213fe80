"""API versions, and the resources of a version."""

from __future__ import annotations

from localorg.messages import VERSIONS, Answer, Call
from localorg.rest.oauth import identity_url
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
RESOURCES = (
    "analytics",
    "appMenu",
    "chatter",
    "commerce",
    "composite",
    "connect",
    "flexiPage",
    "jobs",
    "licensing",
    "limits",
    "parameterizedSearch",
    "query",
    "queryAll",
    "quickActions",
    "recent",
    "search",
    "sobjects",
    "theme",
    "tooling",
    "wave",
)
"""The resources that a real org lists, including those that this one does not serve."""


@ROUTES.add("GET", "/services/data", is_open=True)
def list_versions(_instance: Instance, _call: Call) -> Answer:
    """Return the API versions, oldest first."""
    return Answer(body=[{"label": _label(v), "url": f"/services/data/v{v}", "version": v} for v in VERSIONS])


def _label(version: str) -> str:
    """Return the release that brought a version: three a year, 50.0 being Winter '21."""
    releases_since = int(version.removesuffix(".0")) - 50
    return f"{('Winter', 'Spring', 'Summer')[releases_since % 3]} '{21 + releases_since // 3}"


@ROUTES.data("GET", "")
def list_resources(instance: Instance, call: Call) -> Answer:
    """Return the resources of a version; `identity` is absolute, since clients fetch it as it stands."""
    return Answer(
        body={**{name: f"{call.root}/{name}" for name in RESOURCES}, "identity": identity_url(instance, call)}
    )
