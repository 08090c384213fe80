"""API calls and answers, independent of HTTP, since composite resources make calls themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from localorg.errors import DuplicatesDetected, OrgError, WrongType, not_found
from localorg.faults import Fault
from localorg.files.blobs import Blob

VERSIONS = tuple(f"{number}.0" for number in range(31, 69))
LONGEST_COUNT = 9
JSON_TYPE = "application/json;charset=UTF-8"
HTML_TYPE = "text/html;charset=UTF-8"
CSV_TYPE = "text/csv"
BYTES_TYPE = "application/octetstream"
"""As a real org writes it, without the hyphen."""


@dataclass(frozen=True)
class Call:
    """An API call. Header names are lower case; `path` is as received, still percent-encoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    query_text: str = ""
    """The query string as it came."""
    files: Mapping[str, Blob] = field(default_factory=dict)
    """The binary parts of a body of several parts; `body` is its JSON."""
    fault: Fault | None = None
    """A fault that the endpoint itself must inject, see `faults.INJECTED_BY_ENDPOINTS`."""

    @property
    def version(self) -> str:
        """Return the API version in the path, for example "59.0"."""
        return next(part for part in segments(self.path) if part[:1] == "v" and part[1:] in VERSIONS)[1:]

    @property
    def root(self) -> str:
        """Return the path of the version's resources, for example "/services/data/v59.0"."""
        return f"/services/data/v{self.version}"

    @property
    def asked_fields(self) -> list[str] | None:
        """Return the names in the parameter `fields`; None where the client asks for all."""
        return [name.strip() for name in self.query.get("fields", "").split(",") if name.strip()] or None

    @property
    def allows_duplicates(self) -> bool:
        """Return whether the client overrides duplicate rules that are alerts."""
        header = self.headers.get("sforce-duplicate-rule-header", "")
        return "allowsave=true" in header.lower().replace(" ", "").split(";")

    def is_set(self, parameter: str) -> bool:
        """Return whether a parameter is `true`, in any case."""
        return self.query.get(parameter, "").lower() == "true"

    def all_of(self, parameter: str) -> list[str]:
        """Return every value of a parameter that may come several times."""
        return [value for name, value in parse_qsl(self.query_text, keep_blank_values=True) if name == parameter]

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            OrgError: JSON_PARSER_ERROR, if it is not JSON.
        """
        try:
            body = json.loads(self.body, parse_constant=_refuse_constant)
            if b"\\ud" in self.body.lower() or b"\xed" in self.body:
                json.dumps(body, ensure_ascii=False).encode()  # half of a pair of surrogates is no character
        except (ValueError, RecursionError) as error:
            raise OrgError(400, "JSON_PARSER_ERROR", f"The body is not JSON: {error}") from error
        return body

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            OrgError: JSON_PARSER_ERROR, if it is anything else.
        """
        body = self.json()
        if not isinstance(body, dict):
            raise OrgError(400, "JSON_PARSER_ERROR", f"The body must be a JSON object, not {type(body).__name__}")
        return body

    def inner(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Call:
        """Return a call that this one carries, as a composite request does.

        Raises:
            OrgError: NOT_FOUND, for a URL that is none.
        """
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise not_found() from error
        return replace(
            self,
            method=method.upper(),
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            query_text=parts.query,
            headers={name.lower(): str(value) for name, value in headers.items()},
            body=b"" if body is None else json.dumps(body).encode(),
        )


@dataclass
class Answer:
    """An API answer: JSON in `body`, or bytes in `content`; neither for an empty answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content: Iterable[bytes] | None = None


def text_answer(text: str, content_type: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer that is no JSON, with its length."""
    encoded = text.encode()
    all_headers = {"Content-Type": content_type, "Content-Length": str(len(encoded)), **(headers or {})}
    return Answer(status, headers=all_headers, content=[encoded])


def error_answer(call: Call, error: OrgError) -> Answer:
    """Return the error in the shape of the REST API, a list; for an ambiguous external id, the addresses of the
    records.
    """
    if error.record_ids:
        sobject = segments(call.path)[4]
        return Answer(error.status, [f"{call.root}/sobjects/{sobject}/{record_id}" for record_id in error.record_ids])
    return Answer(error.status, [_error_entry(call, each) for each in error.all])


def _error_entry(call: Call, error: OrgError) -> dict[str, Any]:
    if isinstance(error, DuplicatesDetected):
        return {"duplicateResut": _found(call, error), "errorCode": error.code, "message": error.message}
    place = _place_of(call, error.field) if isinstance(error, WrongType) else ""
    body: dict[str, Any] = {"message": error.message + place, "errorCode": error.code}
    is_of_a_record = call.method in ("POST", "PATCH", "DELETE") and error.code not in _OF_THE_CALL
    return {**body, "fields": error.fields} if error.fields or is_of_a_record else body


def _found(call: Call, error: DuplicatesDetected) -> dict[str, Any]:
    """Return the matches of a duplicate rule. The misspelled key is that of real orgs, which clients read."""
    addresses = {record_id: f"{call.root}/sobjects/{error.sobject}/{record_id}" for record_id in error.matches}
    records = [{"attributes": {"type": error.sobject, "url": url}, "Id": match} for match, url in addresses.items()]
    alike = {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0}
    matched = {
        "entityType": error.sobject,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": [{**alike, "record": record} for record in records],
        "rule": error.rule,
        "size": len(records),
        "success": True,
    }
    return {
        "allowSave": error.allows,
        "duplicateRule": error.rule,
        "duplicateRuleEntityType": error.sobject,
        "errorMessage": error.message,
        "matchResults": [matched],
    }


def _place_of(call: Call, field: str) -> str:
    """Return line and column of a field's value in the body; for records in collections they are unknown."""
    if "composite" in segments(call.path)[3:4]:
        return " at [Source: N/A; line: -1, column: -1][line:-1, column:-1]"
    text = call.body.decode("utf-8", "replace")
    found = re.search(rf'"{re.escape(field)}"\s*:\s*', text, re.IGNORECASE)
    if found is None:
        return ""
    before = text[: found.end() + 1]
    return f" at [line:{before.count(chr(10)) + 1}, column:{len(before) - before.rfind(chr(10))}]"


_OF_THE_CALL = frozenset(
    {
        "API_DISABLED_FOR_ORG",
        "INVALID_FIELD",
        "INVALID_SESSION_ID",
        "INVALID_TYPE",
        "JSON_PARSER_ERROR",
        "METHOD_NOT_ALLOWED",
        "NOT_FOUND",
        "REQUEST_LIMIT_EXCEEDED",
        "SERVER_UNAVAILABLE",
        "UNKNOWN_EXCEPTION",
        "UNSUPPORTED_API_VERSION",
    }
)
"""Errors of a call, not of the record that it writes: only those of a record have the key `fields` when it is empty."""


def to_count(text: str) -> int | None:
    """Return a number of records that a client names in digits; None for anything else, and for more than an org can
    hold.
    """
    return int(text) if text.isdecimal() and len(text) <= LONGEST_COUNT else None


def segments(path: str) -> list[str]:
    """Return the parts of a path, decoded one by one, so that an encoded slash stays in its part."""
    return [unquote(part) for part in path.split("/") if part]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
