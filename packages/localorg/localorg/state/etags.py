"""ETags of describes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any


class Etags:
    """ETags of describes, each with the time at which the org first sent it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._first_given_at: dict[str, datetime] = {}

    def of(self, body: Any) -> tuple[str, datetime]:
        """Return the ETag of an answer, which changes with the answer, and its age."""
        etag = f'"{zlib.crc32(json.dumps(body).encode()):08x}"'
        return etag, self._first_given_at.setdefault(etag, self._clock())
