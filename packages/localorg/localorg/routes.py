"""The table of endpoints, found by method and path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from localorg.errors import OrgError, not_found
from localorg.messages import VERSIONS, Answer, segments

OLDEST_RETIRED = 7

Endpoint = Callable[..., Answer]
"""Takes the instance, the call and the path's parameters as keyword arguments."""


@dataclass(frozen=True)
class Route:
    """One endpoint: its path in segments, of which those in braces are parameters."""

    method: str
    pattern: str
    endpoint: Endpoint
    is_open: bool
    """Whether it needs no token and costs no API call."""

    @cached_property
    def is_of_salesforce(self) -> bool:
        """Return whether a real org has it, unlike the page and the control API."""
        return self.parts[:1] not in ([], ["localorg"])

    @cached_property
    def parts(self) -> list[str]:
        """Return the segments of the pattern."""
        return segments(self.pattern)

    @cached_property
    def parameters(self) -> int:
        """Return how many of the segments are parameters; the fewer, the closer the route fits a path."""
        return sum(part.startswith("{") for part in self.parts)


class Routes:
    """The endpoints, found by method and path."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def add(self, method: str, pattern: str, *, is_open: bool = False) -> Callable[[Endpoint], Endpoint]:
        """Return a decorator that makes a function the endpoint of `method` and `pattern`."""

        def register(endpoint: Endpoint) -> Endpoint:
            self._routes.append(Route(method, pattern, endpoint, is_open))
            return endpoint

        return register

    def data(self, method: str, pattern: str) -> Callable[[Endpoint], Endpoint]:
        """Return a decorator that registers the endpoint of a path below /services/data/vXX.0."""
        return self.add(method, "/services/data/{version}" + pattern)

    def include(self, others: Iterable[Routes]) -> None:
        """Add the endpoints of other tables."""
        for other in others:
            self._routes.extend(other._routes)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the endpoint of a path and the path's parameters, decoded. A word in a pattern goes before a
        parameter.

        Slashes may be doubled or trailing and the case of fixed words may differ, as real clients need it. HEAD finds
        the endpoint of GET.

        Raises:
            OrgError: NOT_FOUND, METHOD_NOT_ALLOWED, or UNSUPPORTED_API_VERSION for a version that is retired.
        """
        parts = segments(path)
        fitting = [(route, match) for route in self._routes if (match := _match(route.parts, parts)) is not None]
        found = sorted(fitting, key=lambda pair: pair[0].parameters)
        for route, match in found:
            if route.method == ("GET" if method == "HEAD" else method):
                return route, match
        if found:
            allowed = ", ".join(sorted({route.method for route, _ in found}))
            raise OrgError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {allowed}")
        _check_version(parts)
        raise not_found()


def _check_version(parts: list[str]) -> None:
    """Refuse versions 7.0 to 30.0, which were retired, and versions that never were."""
    version = re.fullmatch(r"v(\d{1,3})\.0", parts[2]) if len(parts) > 2 and parts[:2] == ["services", "data"] else None
    if version and OLDEST_RETIRED <= int(version[1]) < float(VERSIONS[0]):
        raise OrgError(410, "UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")


def _match(wanted: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(wanted) != len(parts):
        return None
    parameters: dict[str, str] = {}
    for want, part in zip(wanted, parts, strict=True):
        if want == "{version}":
            if part[:1] != "v" or part[1:] not in VERSIONS:
                return None
        elif want.startswith("{"):
            parameters[want.strip("{}")] = part
        elif want.lower() != part.lower():
            return None
    return parameters
