"""What an answer may look like, whatever was asked: each family of the API has an error shape of its own."""

from __future__ import annotations

import json
from typing import Any, NoReturn
from xml.etree import ElementTree

from fuzz_calls import Reply, Request

OAUTH_ERRORS = ("/services/oauth2/token", "/services/oauth2/revoke", "/services/oauth2/introspect")
IDENTITY = ("/services/oauth2/userinfo", "/id/")


AT_THE_DOOR = (400, 404, 405, 413, 414, 415, 431)
"""Refusals before it is known which family a request is of: as REST says it."""


class Misshapen(AssertionError):
    """An answer that no client could read, or that should not have been given."""


def check(request: Request, reply: Reply) -> None:
    """Raises `Misshapen` where the reply is none that Salesforce would give."""
    path = "/" + "/".join(part for part in request.path.decode("latin-1").split("/") if part)
    _check_nothing_leaked(reply)
    if request.method == "HEAD" or reply.status in (204, 304):
        _demand(not reply.body, "a body where there must be none")
        _demand(reply.status < 500, f"status {reply.status}")
    elif path.lower().startswith("/services/soap/") and reply.status not in AT_THE_DOOR:
        _check_soap(reply)
    else:
        _demand(200 <= reply.status < 500, f"status {reply.status}")
        _check_family(path, reply)


def _check_nothing_leaked(reply: Reply) -> None:
    for word in (b"UNKNOWN_EXCEPTION", b"Traceback", b"sqlite", b"localorg/"):
        _demand(word not in reply.body, f"{word!r} in the answer")


def _check_family(path: str, reply: Reply) -> None:
    kind = reply.headers.get("content-type", "")
    if path.endswith("/request") and reply.status == 200:
        return  # what the client sent, whatever it was
    is_bulk = path.lower().startswith("/services/async/") and not reply.body.startswith(b'[{"message"')
    if is_bulk:
        _check_bulk(kind, reply)
    elif kind.startswith("application/json"):
        body = _strict(reply.body)
        if reply.status < 300:
            _check_results(body)
        elif reply.status > 300:
            _check_error(path, body)
    else:
        _demand(reply.status < 300 or path.lower().startswith(IDENTITY), f"an error as {kind or 'nothing'}")


def _check_error(path: str, body: Any) -> None:
    if path.lower() in OAUTH_ERRORS and isinstance(body, dict):
        _demand(set(body) == {"error", "error_description"}, "no OAuth error")
    elif "/composite/tree/" in path and isinstance(body, dict):
        _check_tree(body)
    else:
        _check_list(body)


def _check_tree(body: Any) -> None:
    """The errors of a tree stand with the references of its records."""
    _demand(body.get("hasErrors") is True and bool(body.get("results")), "no errors of a tree")
    for result in body["results"]:
        _demand("referenceId" in result and all("statusCode" in error for error in result["errors"]), "no tree error")


def _check_list(body: Any) -> None:
    """Errors of REST: a list of objects."""
    _demand(isinstance(body, list) and bool(body), "the error is no list")
    for error in body:
        _demand(isinstance(error, dict), "the error is no object")
        _demand(set(error) <= {"message", "errorCode", "fields", "duplicateResult", "extendedErrorDetails"}, "odd keys")
        _demand(isinstance(error.get("message"), str) and isinstance(error.get("errorCode"), str), "no code or message")


def _check_results(body: Any) -> None:
    """The results of the calls that carry others."""
    if isinstance(body, dict):
        for inner in body.get("compositeResponse") or ():
            _check_inner(inner["httpStatusCode"], inner["body"])
        for inner in body.get("results") or () if "hasErrors" in body else ():
            if "statusCode" in inner:
                _check_inner(inner["statusCode"], inner["result"])
        for graph in body.get("graphs") or ():
            _check_results(graph["graphResponse"])
    if isinstance(body, list):
        for item in body:
            if isinstance(item, dict) and item.get("success") is False:
                _demand(
                    all({"statusCode", "message"} <= set(error) for error in item["errors"]), "a result without code"
                )


def _check_inner(status: int, body: Any) -> None:
    _demand(status < 500, f"status {status} inside")
    if status >= 400:
        _check_list(body)


def _check_bulk(kind: str, reply: Reply) -> None:
    """Bulk API 1.0: XML or JSON, as the client speaks."""
    if kind.startswith("application/json"):
        body = _strict(reply.body)
        _demand(reply.status < 400 or set(body) == {"exceptionCode", "exceptionMessage"}, "no Bulk error in JSON")
    elif kind.startswith(("application/xml", "text/xml")):
        root = _xml(reply)
        _demand(reply.status < 400 or root.tag.endswith("}error"), "no Bulk error in XML")
    else:
        _demand(reply.status < 400, f"an error as {kind}")


def _check_soap(reply: Reply) -> None:
    """A fault is what SOAP answers with status 500."""
    _demand(reply.status in (200, 500), f"status {reply.status} of SOAP")
    root = _xml(reply)
    has_fault = any(element.tag.endswith("}Fault") for element in root.iter())
    _demand(root.tag.endswith("}Envelope") and has_fault == (reply.status == 500), "no SOAP envelope")


def _xml(reply: Reply) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(reply.body)
    except ElementTree.ParseError as error:
        raise Misshapen(f"not XML: {error}") from error


def _strict(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except ValueError as error:
        raise Misshapen(f"not JSON: {error}") from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _demand(is_right: bool, wrong: str) -> None:
    if not is_right:
        raise Misshapen(wrong)
