"""The marks by which clients tell whether they know a describe already."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any


class Etags:
    """The marks of describes, each with the moment at which the org first gave it out."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._first_given_at: dict[str, datetime] = {}

    def of(self, body: Any) -> tuple[str, datetime]:
        """The mark of an answer, which changes when the answer does, and its age."""
        etag = f'"{zlib.crc32(json.dumps(body).encode()):08x}"'
        return etag, self._first_given_at.setdefault(etag, self._clock())
