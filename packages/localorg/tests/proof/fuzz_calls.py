"""Requests to an org's application in this process, by the same interface that a server calls it by."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from localorg.http.app import App

PATIENCE_S = 30


@dataclass(frozen=True)
class Request:
    """What goes over the wire: the path is encoded already, and names and values are bytes of any kind."""

    method: str
    path: bytes
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    def told(self) -> str:
        """The request for people, its body cut."""
        headers = "; ".join(f"{name!r}: {value[:80]!r}" for name, value in self.headers)
        return f"{self.method} {self.path[:300]!r} ? {self.query[:300]!r}\n  {headers}\n  {self.body[:600]!r}"


@dataclass
class Reply:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def ask(app: App, request: Request) -> Reply:
    """The reply of the application.

    Raises:
        TimeoutError: there was none.
    """
    reply = Reply()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            reply.body += message.get("body", b"")

    async with asyncio.timeout(PATIENCE_S):
        await app(_scope(request), receive, send)
    return reply


def _scope(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path.decode("latin-1"),
        "raw_path": request.path,
        "query_string": request.query,
        "headers": [(name.lower(), value) for name, value in request.headers],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 40_000),
    }
