"""The ASGI application: turn a request into a call, and send the answer, or the fault that is set."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from localorg.errors import OrgError
from localorg.faults import INJECTED_BY_ENDPOINTS, Fault
from localorg.http.fault_injection import FaultInjector
from localorg.http.request_bodies import Body, ClientLeft, read_body, unzip
from localorg.http.responses import Reply
from localorg.messages import Answer, Call, error_answer
from localorg.state.call_log import PastCall
from localorg.state.instance import Instance

LOG = logging.getLogger("localorg")
LONGEST_HEAD = 16_384
"""Bytes of URI and headers together; beyond it a real org answers 414 or 431."""


class Cycle(Protocol):
    """A request and its answer on a connection."""

    response_complete: bool


class Connection(Protocol):
    """The parts of a client's connection that are needed to cut it."""

    client: tuple[str, int] | None
    transport: asyncio.Transport
    cycle: Cycle | None


class App:
    """Serves one instance; `connections` are the server's, which sets them once it exists."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.connections: Collection[Connection] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = Reply(scope, send, self.instance.clock)
        try:
            call = to_call(scope, await read_body(scope, receive, self.instance.org.blobs))
        except ClientLeft:
            return
        except OrgError as error:
            await reply.send_answer(Answer(error.status, [{"message": error.message, "errorCode": error.code}]))
            return
        if _is_for_people(call):
            await reply.send_answer(await run_in_threadpool(self.answer, call))
        else:
            await self._serve(call, receive, reply)

    async def _serve(self, call: Call, receive: Receive, reply: Reply) -> None:
        fault = self.instance.faults.take(call.method, call.path, call.query_text)
        reply.note = self._logging_call(call, fault)
        if fault is None or fault.kind in INJECTED_BY_ENDPOINTS:
            await reply.send_answer(await run_in_threadpool(self.answer, call, fault))
        else:
            player = FaultInjector(self.instance, receive, reply, self.answer, lambda: self._cut(reply.scope))
            await player.inject(fault, call)

    def _logging_call(self, call: Call, fault: Fault | None) -> Callable[[int | None], None]:
        """Keep the call among the last ones, with the time until its answer begins."""
        started = time.perf_counter()
        target = f"{call.path}?{call.query_text}" if call.query_text else call.path
        kind = fault.kind if fault else None

        def note(status: int | None) -> None:
            seconds = time.perf_counter() - started
            self.instance.calls.note(PastCall(self.instance.clock(), call.method, target, status, seconds, kind))

        return note

    def answer(self, call: Call, fault: Fault | None = None) -> Answer:
        """Return the answer of the endpoint, or its error; an unexpected exception becomes UNKNOWN_EXCEPTION."""
        try:
            return self.instance.answer(replace(call, fault=fault))
        except Exception:
            LOG.exception("%s %s failed", call.method, call.path)
            return error_answer(call, OrgError(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."))

    def _cut(self, scope: Scope) -> None:
        """End the connection without an answer."""
        for connection in list(self.connections):
            if connection.client == tuple(scope["client"]):
                connection.transport.abort()


def to_call(scope: Scope, received: Body) -> Call:
    """Return the call in an HTTP request.

    Raises:
        OrgError: URI_TOO_LONG, REQUEST_HEADER_FIELDS_TOO_LARGE, or a body that is not the gzip it claims to be.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    _check_head(len(path) + len(query), headers)
    body = received.content
    if headers.get("content-encoding", "").lower() == "gzip":
        body = unzip(body, scope["raw_path"])
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    method = scope["method"]
    if method == "POST" and "_HttpMethod" in parameters:  # for clients that know no PATCH
        method = parameters.pop("_HttpMethod").upper()
    host = headers.get("host") or "{}:{}".format(*scope["server"])
    return Call(
        method=method,
        path=path,
        query=parameters,
        headers=headers,
        body=body,
        base_url=f"{scope['scheme']}://{host}",
        query_text=query,
        files=received.files,
    )


def _check_head(address: int, headers: Mapping[str, str]) -> None:
    """Refuse an address of so many bytes that is too long, by itself or together with the headers."""
    if address > LONGEST_HEAD:
        raise OrgError(414, "URI_TOO_LONG", "URI Too Long")
    if address + sum(len(name) + len(value) + len(": \r\n") for name, value in headers.items()) > LONGEST_HEAD:
        raise OrgError(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", "Request Header Fields Too Large")


def _is_for_people(call: Call) -> bool:
    """Return whether a call comes from a person or test that watches the org: such calls get no faults and are not
    counted.
    """
    place = call.path.strip("/")
    return not place or place == "favicon.ico" or place.split("/")[0] == "localorg"
