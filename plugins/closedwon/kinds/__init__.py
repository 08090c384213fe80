"""The kinds (types) that a mapped field can have: one module for each, with everything that depends on the kind."""

from collections.abc import Mapping

from closedwon.kinds.boolean import BOOLEAN
from closedwon.kinds.date import DATE
from closedwon.kinds.datetime import DATETIME
from closedwon.kinds.integer import INTEGER
from closedwon.kinds.kind import Kind
from closedwon.kinds.multipicklist import MULTIPICKLIST
from closedwon.kinds.number import NUMBER
from closedwon.kinds.picklist import PICKLIST
from closedwon.kinds.reference import REFERENCE
from closedwon.kinds.text import TEXT
from closedwon.kinds.time import TIME

__all__ = ["KINDS", "Kind"]

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (TEXT, PICKLIST, MULTIPICKLIST, NUMBER, INTEGER, BOOLEAN, DATE, DATETIME, TIME, REFERENCE)
}
"""Every kind by its name in mapping files, in the order in which the docs list them."""
