"""Kind `picklist`: one label out of a list, usually translated by a value map."""

from __future__ import annotations

from closedwon.kinds.kind import Kind
from closedwon.kinds.text import CHOICES, normal_text, parse_text, refuse_text

PICKLIST = Kind(
    name="picklist",
    org_types=CHOICES,
    postgres_type="text",
    staged_type="text",
    parse=parse_text,
    normal=normal_text,
    refuse=refuse_text,
    expected="a label without NUL characters",
    is_textual=True,
    also_holds=frozenset({"text"}),
)
