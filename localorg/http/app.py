"""The ASGI application: an HTTP request becomes a call; what goes back is the answer, or the fault that was ordered."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.types import Message, Receive, Scope, Send

from localorg.errors import OrgError
from localorg.faults import PLAYED_BY_ENDPOINTS, Fault
from localorg.state.instance import Instance
from localorg.state.usage import quota_spent
from localorg.wire import JSON_TYPE, Answer, Call, error_answer

LOG = logging.getLogger("localorg")
LONGEST_HEAD = 16_384
"""Bytes of URI and headers together; beyond it a real org answers 414 or 431."""
SMALLEST_TO_GZIP = 1_024


class Connection(Protocol):
    """What the app needs to know of a client's connection to cut it."""

    client: tuple[str, int] | None
    transport: asyncio.Transport


class App:
    """Serves one instance; `connections` are the server's, which sets them once it exists."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.connections: Collection[Connection] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:
            return
        try:
            call = to_call(scope, body)
        except OrgError as error:
            await self._send(scope, send, Answer(error.status, [{"message": error.message, "errorCode": error.code}]))
            return
        query = scope["query_string"].decode("latin-1")
        is_control = call.path.strip("/").startswith("localorg")
        fault = None if is_control else self.instance.faults.take(call.method, call.path, query)
        if fault is None or fault.kind in PLAYED_BY_ENDPOINTS:
            await self._send(scope, send, await run_in_threadpool(self.answer, call, fault))
        else:
            await self._play(fault, call, scope, receive, send)

    def answer(self, call: Call, fault: Fault | None = None) -> Answer:
        """The answer of the endpoint, or the error in its place; a fault of ours becomes UNKNOWN_EXCEPTION."""
        try:
            return self.instance.answer(replace(call, fault=fault))
        except Exception:
            LOG.exception("%s %s failed", call.method, call.path)
            return error_answer(call, OrgError(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."))

    async def _play(self, fault: Fault, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind in ("status", "quota"):
            await self._send(scope, send, error_answer(call, _error_of(fault)))
            return
        if fault.kind == "expire_tokens":
            self.instance.tokens.revoke_all()
        is_late = fault.when == "after" or fault.kind in ("truncate", "expire_tokens")
        answer = await run_in_threadpool(self.answer, call) if is_late else None
        if fault.kind == "hang":
            await _wait_until_client_leaves(receive, fault.seconds)
        if fault.kind in ("hang", "reset"):
            self._cut(scope)
        elif answer is not None:
            await self._send(scope, send, answer, truncated=fault.kind == "truncate")

    def _cut(self, scope: Scope) -> None:
        """Ends the connection without an answer."""
        for connection in list(self.connections):
            if connection.client == tuple(scope["client"]):
                connection.transport.abort()

    async def _send(self, scope: Scope, send: Send, answer: Answer, *, truncated: bool = False) -> None:
        headers = {"Date": format_datetime(self.instance.clock(), usegmt=True), **answer.headers}
        content = _content(answer, headers)
        if _accepts_gzip(scope) and int(headers.get("Content-Length", "0")) >= SMALLEST_TO_GZIP:
            del headers["Content-Length"]
            headers["Content-Encoding"] = "gzip"
            content = _gzip(content)
        if truncated:
            whole = b"".join(content)
            headers["Content-Length"] = str(len(whole))
            content = [whole[: len(whole) // 2]]
        await send(_start(answer.status, headers))
        async for chunk in iterate_in_threadpool(content):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        # Without the end, uvicorn closes the connection, short of the length that was promised.
        if not truncated:
            await send({"type": "http.response.body", "body": b""})


def to_call(scope: Scope, body: bytes) -> Call:
    """The call in an HTTP request.

    Raises:
        OrgError: URI_TOO_LONG, REQUEST_HEADER_FIELDS_TOO_LARGE, or a body that is not the gzip it claims to be.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    if len(path) + len(query) > LONGEST_HEAD:
        raise OrgError(414, "URI_TOO_LONG", "URI Too Long")
    if len(path) + len(query) + sum(len(name) + len(value) + 4 for name, value in headers.items()) > LONGEST_HEAD:
        raise OrgError(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", "Request Header Fields Too Large")
    if headers.get("content-encoding", "").lower() == "gzip":
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise OrgError(400, "INVALID_CONTENT_ENCODING", f"The body is not gzip: {error}") from error
    host = headers.get("host") or "{}:{}".format(*scope["server"])
    return Call(
        method=scope["method"],
        path=path,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=body,
        base_url=f"{scope['scheme']}://{host}",
    )


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body, or None if the client left before its end: half of a request is none."""
    chunks: list[bytes] = []
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _wait_until_client_leaves(receive: Receive, at_most_s: float) -> None:
    """Once the body is read, the only thing left to be received is the client's leaving."""
    with suppress(TimeoutError):
        await asyncio.wait_for(receive(), at_most_s)


def _error_of(fault: Fault) -> OrgError:
    if fault.kind == "quota":
        return quota_spent()
    message = fault.message or "The server is temporarily unavailable"
    return OrgError(fault.status, fault.code or "SERVER_UNAVAILABLE", message)


def _content(answer: Answer, headers: dict[str, str]) -> Iterable[bytes]:
    if answer.content is not None:
        return answer.content
    if answer.body is None:
        if answer.status not in (204, 304):
            headers["Content-Length"] = "0"
        return []
    encoded = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
    headers.setdefault("Content-Type", JSON_TYPE)
    headers["Content-Length"] = str(len(encoded))
    return [encoded]


def _accepts_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _gzip(content: Iterable[bytes]) -> Iterator[bytes]:
    """Compresses as it goes, lightly: the wire is the machine itself."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for chunk in content:
        yield packer.compress(chunk)
    yield packer.flush()


def _start(status: int, headers: dict[str, str]) -> Message:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}
