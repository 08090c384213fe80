"""The shape of a reject: a record that cannot be written, and why."""

from __future__ import annotations

from typing import Literal

RejectClass = Literal["waits_for_parent", "needs_data", "skipped"]
"""What has to come before a row can be written: its parent, or a correction of its data or of the mapping. What is
`skipped` waits for nothing: the mapping leaves it out."""

REJECT_COLUMNS = (
    "salesforce_id",  # 18 characters
    "system_modstamp",  # timestamp, UTC
    "class",  # a RejectClass
    "field",  # Salesforce API name, or "" where the whole record is meant
    "value",  # what was seen, as text, or None
    "reason",  # what was seen, where, why it matters, what to do: for a person
    "waits_for_table",  # warehouse table of the missing parent, or None
    "waits_for_id",  # Salesforce id of the missing parent, or None
)
"""The columns of every frame of rejects, one row per record and reason."""
