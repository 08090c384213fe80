"""The one address of the SOAP API, for the partner and the enterprise WSDL; the envelope names the operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from localorg.errors import OrgError, not_found
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.soap import records, users
from localorg.soap.envelope import FLAVOURS, Request, answer, fault, read_request
from localorg.state.instance import Instance
from localorg.timestamps import to_stamp
from localorg.xml_text import tag, tags

ROUTES = Routes()
Operation = Callable[[Instance, Call, Request], str]
"""Gives the results as XML."""


@ROUTES.add("POST", "/services/Soap/{letter}/{api_version}", is_open=True)
@ROUTES.add("POST", "/services/Soap/{letter}/{api_version}/{organization}", is_open=True)
def run_operation(instance: Instance, call: Call, letter: str, api_version: str, organization: str = "") -> Answer:  # noqa: ARG001
    """Return the answer of the operation in the envelope, or a fault; all but login need the session in the header."""
    if letter not in FLAVOURS:
        raise not_found()
    try:
        request = read_request(call, letter, api_version.removeprefix("v"))
        results = _run(instance, call, request)
        return answer(request, results, "" if request.name == "login" else _usage(instance))
    except OrgError as error:
        return fault(letter, error)


def _run(instance: Instance, call: Call, request: Request) -> str:
    if request.name == "login":
        return users.log_in(instance, call, request)
    operation = OPERATIONS.get(request.name)
    if operation is None:
        raise OrgError(500, "Client", f"No operation available for request {request.operation.tag}")
    if instance.tokens.find(request.session_id) is None:
        raise OrgError(
            500, "INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session. Session not found"
        )
    instance.usage.spend()
    return operation(instance, call, request)


def _usage(instance: Instance) -> str:
    used = tags((("current", instance.usage.used), ("limit", instance.usage.maximum), ("type", "API REQUESTS")))
    return f"<soapenv:Header><LimitInfoHeader><limitInfo>{used}</limitInfo></LimitInfoHeader></soapenv:Header>"


def _read_time(instance: Instance, _call: Call, _request: Request) -> str:
    return f"<result>{tag('timestamp', to_stamp(instance.clock()))}</result>"


OPERATIONS: Mapping[str, Operation] = {
    "logout": users.log_out,
    "getUserInfo": users.read_user_info,
    "getServerTimestamp": _read_time,
    "merge": records.merge,
    "undelete": records.undelete,
    "emptyRecycleBin": records.empty_recycle_bin,
}
