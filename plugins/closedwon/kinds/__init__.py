"""The types that a field of a mapping can have: one module for each, with everything that depends on the type."""

from collections.abc import Mapping

from closedwon.kinds.boolean import BOOLEAN
from closedwon.kinds.date import DATE
from closedwon.kinds.datetime import DATETIME
from closedwon.kinds.integer import INTEGER
from closedwon.kinds.kind import Kind
from closedwon.kinds.number import NUMBER
from closedwon.kinds.picklist import PICKLIST
from closedwon.kinds.reference import REFERENCE
from closedwon.kinds.text import TEXT

__all__ = ["KINDS", "Kind"]

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (TEXT, PICKLIST, NUMBER, INTEGER, BOOLEAN, DATE, DATETIME, REFERENCE)
}
"""Every kind by the name that mapping files call it, in the order of the docs."""
