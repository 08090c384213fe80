"""A call of the API, its answer and the table of endpoints, apart from HTTP: a composite call makes calls itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from localorg.errors import OrgError
from localorg.faults import Fault

VERSIONS = tuple(f"{number}.0" for number in range(50, 69))
JSON_TYPE = "application/json;charset=UTF-8"
CSV_TYPE = "text/csv"


@dataclass(frozen=True)
class Call:
    """What a client asks. Header names are lower case; `path` is as it came, still percent-encoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    fault: Fault | None = None
    """A fault that the endpoint itself must play, see `faults.PLAYED_BY_ENDPOINTS`."""

    @property
    def version(self) -> str:
        """The API version in the path, for example "59.0"."""
        return next(part for part in segments(self.path) if part[:1] == "v" and part[1:] in VERSIONS)[1:]

    @property
    def root(self) -> str:
        """The path of the version's resources, for example "/services/data/v59.0"."""
        return f"/services/data/v{self.version}"

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            OrgError: JSON_PARSER_ERROR, if it is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise OrgError(400, "JSON_PARSER_ERROR", f"The body is not JSON: {error}") from error

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            OrgError: JSON_PARSER_ERROR, if it is anything else.
        """
        body = self.json()
        if not isinstance(body, dict):
            raise OrgError(400, "JSON_PARSER_ERROR", f"The body must be a JSON object, not {type(body).__name__}")
        return body

    def inner(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Call:
        """A call that this one carries, as a composite request does."""
        parts = urlsplit(url)
        return replace(
            self,
            method=method.upper(),
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): str(value) for name, value in headers.items()},
            body=b"" if body is None else json.dumps(body).encode(),
        )


@dataclass
class Answer:
    """What the org says: JSON in `body`, or bytes in `content`; neither for an empty answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content: Iterable[bytes] | None = None


def error_answer(call: Call, error: OrgError) -> Answer:
    """The error in the REST API's shape, a list; where an external id is ambiguous, the addresses of its records."""
    if error.record_ids:
        sobject = segments(call.path)[4]
        return Answer(error.status, [f"{call.root}/sobjects/{sobject}/{record_id}" for record_id in error.record_ids])
    body: dict[str, Any] = {"message": error.message, "errorCode": error.code}
    return Answer(error.status, [{**body, "fields": error.fields} if error.fields else body])


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


class Routes:
    """The endpoints, found by method and path."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def add(self, method: str, pattern: str, *, is_open: bool = False) -> Callable[[Endpoint], Endpoint]:
        """A decorator that makes a function the endpoint of `method` and `pattern`."""

        def register(endpoint: Endpoint) -> Endpoint:
            self._routes.append(Route(method, pattern, endpoint, is_open))
            return endpoint

        return register

    def data(self, method: str, pattern: str) -> Callable[[Endpoint], Endpoint]:
        """The same for a path below /services/data/vXX.0."""
        return self.add(method, "/services/data/{version}" + pattern)

    def include(self, others: Iterable[Routes]) -> None:
        """Takes in the endpoints of other tables."""
        for other in others:
            self._routes.extend(other._routes)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The endpoint of a path and the path's parameters, decoded.

        Slashes may be doubled or trailing and the case of fixed words may differ, as real clients need it.

        Raises:
            OrgError: NOT_FOUND, or METHOD_NOT_ALLOWED.
        """
        parts = segments(path)
        found = [(route, match) for route in self._routes if (match := _match(route.pattern, parts)) is not None]
        for route, match in found:
            if route.method == method:
                return route, match
        if found:
            allowed = ", ".join(sorted({route.method for route, _ in found}))
            raise OrgError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {allowed}")
        raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")


def segments(path: str) -> list[str]:
    """The parts of a path, decoded one by one, so that an encoded slash stays in its part."""
    return [unquote(part) for part in path.split("/") if part]


def _match(pattern: str, parts: list[str]) -> dict[str, str] | None:
    wanted = pattern.strip("/").split("/")
    if len(wanted) != len(parts):
        return None
    parameters: dict[str, str] = {}
    for want, part in zip(wanted, parts, strict=True):
        if want == "{version}":
            if part.removeprefix("v") not in VERSIONS:
                return None
        elif want.startswith("{"):
            parameters[want.strip("{}")] = part
        elif want.lower() != part.lower():
            return None
    return parameters
