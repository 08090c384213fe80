"""Inject the faults of the connection and of the response, whatever the endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive

from localorg.errors import OrgError
from localorg.faults import Fault
from localorg.http.responses import Reply
from localorg.messages import JSON_TYPE, Answer, Call, error_answer
from localorg.state.api_usage import quota_spent
from localorg.state.instance import Instance

UNAVAILABLE_PAGE = b"<html><head><title>Service Unavailable</title></head><body>No server is available.</body></html>"
"""The answer of a proxy, which is HTML."""
GARBAGE = b"\x1f\x8b\x08\x00" + bytes(range(64))
"""It begins as gzip does."""


class FaultInjector:
    """Injects one fault into one call. `act` gives the endpoint's answer, `cut` ends the connection."""

    def __init__(
        self, instance: Instance, receive: Receive, reply: Reply, act: Callable[[Call], Answer], cut: Callable[[], None]
    ) -> None:
        self._instance = instance
        self._receive = receive
        self._reply = reply
        self._act = act
        self._cut = cut

    async def inject(self, fault: Fault, call: Call) -> None:
        """Inject the fault; when this returns, the client has been sent what it gets."""
        if fault.kind in ("hang", "reset"):
            await self._break_off(fault, call)
        elif fault.kind == "latency":
            await self._delay(fault, call)
        elif fault.kind in ("truncate", "garbage", "expire_tokens"):
            await self._spoil(fault, call)
        else:
            await self._reply.send_answer(_refusal(fault, call))

    async def _break_off(self, fault: Fault, call: Call) -> None:
        answer = None if fault.when == "before" else await run_in_threadpool(self._act, call)
        if fault.kind == "hang":
            await self._leaves(fault.seconds)
        if fault.kind == "reset" and fault.when == "middle" and answer is not None:
            await self._reply.send_answer(answer, is_cut=True)
        else:
            self._reply.note(None)
        self._cut()

    async def _delay(self, fault: Fault, call: Call) -> None:
        """Answer late, and act even if the client no longer waits; until then the request counts as long."""
        try:
            with self._instance.long_requests.running(is_held=True):
                has_left = await self._leaves(fault.seconds)
        except OrgError as error:
            await self._reply.send_answer(error_answer(call, error))
            return
        answer = await run_in_threadpool(self._act, call)
        if has_left:
            self._reply.note(None)
        else:
            await self._reply.send_answer(answer)

    async def _leaves(self, within_s: float) -> bool:
        """Return whether the client disconnects: once the body is read, nothing else can be received."""
        try:
            await asyncio.wait_for(self._receive(), within_s)
        except TimeoutError:
            return False
        return True

    async def _spoil(self, fault: Fault, call: Call) -> None:
        if fault.kind == "expire_tokens":
            self._instance.tokens.revoke_all()
        answer = await run_in_threadpool(self._act, call)
        if fault.kind == "garbage":
            headers = {"Content-Type": JSON_TYPE, "Content-Encoding": "gzip", "Content-Length": str(len(GARBAGE))}
            answer = Answer(answer.status, headers=headers, content=[GARBAGE])
        await self._reply.send_answer(answer, is_cut=fault.kind == "truncate")


def _refusal(fault: Fault, call: Call) -> Answer:
    if fault.kind == "html":
        return Answer(fault.status or 503, headers={"Content-Type": "text/html"}, content=[UNAVAILABLE_PAGE])
    return error_answer(call, quota_spent() if fault.kind == "quota" else fault.error())
