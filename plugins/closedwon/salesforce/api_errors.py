"""Errors of the org's API, turned into those of `closedwon.errors`, with a message that says what to do.

The HTTP status alone is ambiguous: 403 means a spent quota, an edition without API or a missing permission.
"""

from __future__ import annotations

import json
import re
from typing import Any

import requests
import urllib3

from closedwon.errors import (
    AccessDenied,
    ClosedwonError,
    CredentialsRefused,
    OrgUnavailable,
    QuotaSpent,
    RecordLocked,
    RequestRefused,
)

LONGEST_QUOTE = 1_000
"""Characters that a message quotes of an answer that is not Salesforce's own, such as a proxy's page."""

_CODE = re.compile(r"[A-Za-z_]{1,60}")
"""A code of Salesforce's; what a proxy puts in its place may be any text."""

_Meaning = tuple[type[ClosedwonError], str]


class Missing(RequestRefused):
    """The resource does not exist, no longer exists, or is hidden from the integration user."""


_TRY_LATER: _Meaning = (OrgUnavailable, "Nothing is lost. Try again; if it lasts, see https://status.salesforce.com.")
_SPENT: _Meaning = (
    QuotaSpent,
    "The org's API calls of the last 24 hours are used up; they come back by the hour. Nothing is lost. "
    "Setup > Company Information shows the limit and Setup > API Usage who spends it.",
)
_CLIENT: _Meaning = (
    CredentialsRefused,
    "Nothing can be read or written. Compare consumer key and consumer secret of the Connection with the app in "
    "Setup > External Client App Manager, and its domain with Setup > My Domain.",
)
_GRANT: _Meaning = (
    CredentialsRefused,
    "Nothing can be read or written. Check in the Connection the user, password or private key, and in Setup that the "
    "app allows this flow, that its run-as user is active, and that the user may use the app.",
)
_SESSION: _Meaning = (
    CredentialsRefused,
    "Nothing can be read or written, and a new access token was refused as well. Check that the app's user is active "
    "and that no IP range or session policy in Setup shuts this machine out.",
)
_NO_API: _Meaning = (
    AccessDenied,
    "The org's edition has no API, so nothing can be read or written. Upgrade the plan to Enterprise or above, or have "
    "Salesforce add Web Services API.",
)
_PERMISSION: _Meaning = (
    AccessDenied,
    "Give the integration user the permission for the object and field in a permission set, then try again.",
)
_QUERY: _Meaning = (
    RequestRefused,
    "The same request fails again until the object or field is corrected: compare the mapping file with "
    "Setup > Object Manager, and check that the integration user may see the field.",
)
_MISSING: _Meaning = (
    Missing,
    "It does not exist, or the integration user may not see it: check the name, and the user's permission sets.",
)
_AMBIGUOUS: _Meaning = (
    RequestRefused,
    "More than one record has this external id; none was written, since a guess could hit the wrong one. "
    "Merge or correct the records in Salesforce.",
)
_LOCKED: _Meaning = (RecordLocked, "Another transaction in the org holds the record. Try again.")
_VERSION: _Meaning = (
    RequestRefused,
    "This version of the API is retired or unknown. Set `version` in the Connection to one that the org offers "
    "(GET /services/data).",
)
_TOO_LONG: _Meaning = (
    RequestRefused,
    "The request line is longer than Salesforce takes (16,384 bytes). Read the object by Bulk API 2.0, or map fewer "
    "fields.",
)
_MOVED: _Meaning = (
    RequestRefused,
    "The org lives at another address now. Set the Connection's domain to the one in Setup > My Domain.",
)
_OTHER: _Meaning = (RequestRefused, "The same request fails again until its cause is corrected.")

_BY_CODE: dict[str, _Meaning] = {
    "INVALID_SESSION_ID": _SESSION,
    "INVALID_AUTH_HEADER": _SESSION,
    "invalid_client": _CLIENT,
    "invalid_client_id": _CLIENT,
    "invalid_client_credentials": _CLIENT,
    "unsupported_grant_type": _GRANT,
    "invalid_grant": _GRANT,
    "INVALID_LOGIN": _GRANT,
    "LOGIN_MUST_USE_SECURITY_TOKEN": _GRANT,
    "inactive_org": _GRANT,
    "inactive_user": _GRANT,
    "server_error": _TRY_LATER,
    "rate_limit_exceeded": _TRY_LATER,
    "REQUEST_LIMIT_EXCEEDED": _SPENT,
    "LIMIT_EXCEEDED": _SPENT,
    "API_DISABLED_FOR_ORG": _NO_API,
    "API_CURRENTLY_DISABLED": _NO_API,
    "INVALID_FIELD": _QUERY,
    "INVALID_TYPE": _QUERY,
    "MALFORMED_QUERY": _QUERY,
    "UNABLE_TO_LOCK_ROW": _LOCKED,
    "QUERY_TIMEOUT": _TRY_LATER,
    "REQUEST_RUNNING_TOO_LONG": _TRY_LATER,
    "SERVER_UNAVAILABLE": _TRY_LATER,
    "API_TEMPORARILY_UNAVAILABLE": _TRY_LATER,
    # Query cursors live for two days, and an org keeps only so many: a retry starts the query anew.
    "INVALID_QUERY_LOCATOR": _TRY_LATER,
}
"""Codes of a failed call. The code of a single row in collections or bulk results is not looked up here: that row is
`rejected`, and the next export plans it again."""
_BY_STATUS: dict[int, _Meaning] = {
    300: _AMBIGUOUS,
    301: _MOVED,
    302: _MOVED,
    307: _MOVED,
    308: _MOVED,
    401: _SESSION,
    403: _PERMISSION,
    404: _MISSING,
    410: _VERSION,
    414: _TOO_LONG,
    429: _TRY_LATER,
    431: _TOO_LONG,
}
"""HTTP statuses, for an answer whose code is not in `_BY_CODE`."""


def to_error(status: int, body: bytes | str | object, where: str) -> ClosedwonError:
    """Return the error to raise for an error response; its message quotes Salesforce's code and text in full.

    Args:
        status: of the HTTP response.
        body: as received, or already parsed from JSON.
        where: method, path and object of the request, without any value.
    """
    code, text = _read(body)
    kind, remedy = _meaning(status, code)
    seen = f"{code}: '{text}'" if code else f"'{text[:LONGEST_QUOTE]}'"
    return kind(f"Salesforce answered {seen} (HTTP {status}, {where}). {remedy}")


def find_code(body: bytes) -> str:
    """Return the code of an error response, such as SERVER_UNAVAILABLE; the empty text where it has none."""
    code, _ = _read(body)
    return code if _CODE.fullmatch(code) else ""


def to_shape_error(body: bytes, where: str) -> ClosedwonError:
    """Return the error to raise for a successful response whose body is not of the form that Salesforce documents."""
    return OrgUnavailable(
        f"The org's answer is not of Salesforce's form: '{body[:LONGEST_QUOTE].decode(errors='replace')}' ({where}). "
        "Nothing of it was used. Try again; if it lasts, check the Connection's domain, and look for a proxy that "
        "answers in the org's place."
    )


def find_login_error(status: int, body: bytes, where: str) -> ClosedwonError | None:
    """Return the error to raise for a login response that simple_salesforce cannot read; None if it can.

    It reads any text in an error response, but of JSON only objects; a successful one must hold a token.
    """
    try:
        answer = json.loads(body)
    except ValueError:
        is_readable = status != 200 or b":Envelope" in body
    else:
        is_readable = isinstance(answer, dict) and (
            status != 200 or _holds_texts(answer, "access_token", "instance_url")
        )
    if is_readable:
        return None
    return to_shape_error(body, where) if status == 200 else to_error(status, body, where)


def to_login_error(code: object, text: str | None, where: str) -> ClosedwonError:
    """Return the error to raise when a login failed; `code` is OAuth's or SOAP's, or a bare HTTP status."""
    is_server_error = str(code).isdecimal() and int(str(code)) >= 500
    kind, remedy = _BY_CODE.get(str(code)) or (_TRY_LATER if is_server_error else _GRANT)
    return kind(f"Salesforce refused the login with {code}: '{(text or '')[:LONGEST_QUOTE]}' ({where}). {remedy}")


def to_network_error(error: requests.RequestException, where: str) -> ClosedwonError:
    """Return the error to raise when no full response arrived: fatal for a certificate or address, else retryable."""
    seen = f"{type(error).__name__}: '{_cause_of(error)}' ({where})"
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return AccessDenied(
            f"The org's certificate is not trusted: {seen}. Nothing was sent, since the other side may be anyone. "
            "If the network inspects TLS or the org is a local one, name its CA's file as `ca_file` in the Connection."
        )
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return RequestRefused(f"The org's address cannot be used: {seen}. Correct host and domain of the Connection.")
    return OrgUnavailable(
        f"The org gave no whole answer: {seen}. Nothing is lost. Try again; if it lasts, check host and domain of the "
        "Connection, the network, and https://status.salesforce.com."
    )


def _meaning(status: int, code: str) -> _Meaning:
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code.startswith("INSUFFICIENT_ACCESS"):
        return _PERMISSION
    return _TRY_LATER if status >= 500 else _BY_STATUS.get(status, _OTHER)


def _read(body: bytes | str | object) -> tuple[str, str]:
    """Return code and text of an error body: a list of errors (REST), an object (OAuth), or a proxy's page."""
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return "", str(body)
    first = body[0] if isinstance(body, list) and body else body
    if isinstance(first, dict):
        return _read_object(first)
    return "", json.dumps(body)


def _holds_texts(answer: dict[str, Any], *names: str) -> bool:
    return all(isinstance(answer.get(name), str) for name in names)


def _read_object(error: dict[str, Any]) -> tuple[str, str]:
    code = error.get("errorCode") or error.get("statusCode") or error.get("error") or ""
    text = error.get("message") or error.get("error_description") or ""
    return str(code), str(text)


def _cause_of(error: requests.RequestException) -> str:
    """Return the text of the innermost error: the outer one quotes the whole URL, with the query's values."""
    cause = error.args[0] if error.args else error
    if isinstance(cause, urllib3.exceptions.MaxRetryError):
        cause = cause.reason
    return str(cause)
