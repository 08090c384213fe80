"""Send a response over HTTP: headers and body, compressed where the client accepts it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from email.utils import format_datetime

from starlette.concurrency import iterate_in_threadpool
from starlette.types import Message, Scope, Send

from localorg.messages import BYTES_TYPE, JSON_TYPE, Answer
from localorg.number_texts import with_exponents

SMALLEST_TO_GZIP = 1_024


class Reply:
    """Sends the answer to one request. `note` gets its status, or None where no answer is sent."""

    def __init__(self, scope: Scope, send: Send, clock: Callable[[], datetime]) -> None:
        self.scope = scope
        self.note: Callable[[int | None], None] = lambda _: None
        self._send = send
        self._clock = clock

    async def send_answer(self, answer: Answer, *, is_cut: bool = False) -> None:
        """Send the answer; one that is cut breaks off in the middle of its body."""
        self.note(answer.status)
        headers = {"Date": format_datetime(self._clock(), usegmt=True), **answer.headers}
        content = _content(answer, headers)
        if self.scope["method"] == "HEAD":
            content = []
        elif _accepts_gzip(self.scope) and _is_worth_packing(headers):
            del headers["Content-Length"]
            headers["Content-Encoding"] = "gzip"
            content = _gzip(content)
        if is_cut:
            whole = b"".join(content)
            headers["Content-Length"] = str(len(whole))
            content = [whole[: len(whole) // 2]]
        await self._send(_start(answer.status, headers))
        async for chunk in iterate_in_threadpool(content):
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        # Without the end, uvicorn closes the connection, short of the length that was promised.
        if not is_cut:
            await self._send({"type": "http.response.body", "body": b""})


def _content(answer: Answer, headers: dict[str, str]) -> Iterable[bytes]:
    if answer.content is not None:
        return answer.content
    if answer.body is None:
        if answer.status not in (204, 304):
            headers["Content-Length"] = "0"
        return []
    encoded = with_exponents(json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))).encode()
    headers.setdefault("Content-Type", JSON_TYPE)
    headers["Content-Length"] = str(len(encoded))
    return [encoded]


def _accepts_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _is_worth_packing(headers: dict[str, str]) -> bool:
    """Return whether to compress; files are sent as they are, with their length, as most are compressed already."""
    return int(headers.get("Content-Length", "0")) >= SMALLEST_TO_GZIP and headers.get("Content-Type") != BYTES_TYPE


def _gzip(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content compressed, lightly, as the network is the machine itself."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for chunk in content:
        yield packer.compress(chunk)
    yield packer.flush()


def _start(status: int, headers: dict[str, str]) -> Message:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}
