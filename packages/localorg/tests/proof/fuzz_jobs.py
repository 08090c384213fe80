"""Jobs and batches as their answers tell of them, in JSON or in XML."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 60
Seen = TypeVar("Seen")


def told_id(body: bytes) -> str:
    """The first id that an answer tells."""
    found = re.search(rb'(?:"id": ?"|<id>)(\w{15,18})', body)
    assert found is not None, body[:500]
    return found[1].decode()


def wait(look: Callable[[], Seen], is_over: Callable[[Seen], object]) -> Seen:
    """What one sees when it is over; looking costs so much that this does not spin for long."""
    last = time.monotonic() + PATIENCE_S
    while not is_over(found := look()):
        assert time.monotonic() < last, found
    return found
