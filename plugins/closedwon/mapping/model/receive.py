"""The section `receive` of a mapping file: what only receiving can mean."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from closedwon.mapping.model.names import STRICT


@dataclass(frozen=True, config=STRICT)
class Receive:
    """Which records are received, and what becomes of them; only in a mapping with `direction: receive`."""
