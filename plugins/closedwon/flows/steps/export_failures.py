"""Explanation of the rows of an export that were not written: Salesforce's own texts, the most frequent first."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten, wrap

from closedwon.mapping.model import Mapping
from closedwon.thresholds import is_over_limit
from closedwon.warehouse.state.plan_results import ExportCounts, Failure

TEXTS_SHOWN = 3
LINE_LENGTH = 100
LONGEST_TEXT = 400
SO_MANY = "So many mean that the mapping, a rule in Salesforce or the integration user is at fault."
"""What follows on the texts of so many rows that the export fails."""


def is_too_many(counts: ExportCounts, *, has_written: bool) -> bool:
    """Return whether so many rows were not written that something other than their data must be at fault.

    A row that is rejected for its data is planned again by each run, soon as the only one. So "all of them" says
    something only if the mapping has never written a row.
    """
    return is_over_limit(counts.failed, counts.planned) or (0 < counts.failed == counts.planned and not has_written)


def describe_failures(mapping: Mapping, run_id: str, counts: ExportCounts, failures: Sequence[Failure]) -> str:
    """Return which rows were not written and why, in short lines.

    Args:
        failures: the most frequent ones; rows beyond them are counted in one line.
    """
    lines = [
        f"{mapping.name}: {counts.failed} of {counts.planned} planned rows were not written to {mapping.sobject} "
        f"({counts.rejected} rejected, {counts.unprocessed} unprocessed); {counts.ok} were.",
        *(_to_line(failure) for failure in failures),
    ]
    if others := counts.failed - sum(failure.rows for failure in failures):
        lines.append(f"- {others} rows for other reasons")
    lines.append(f"Every row's text: sync.plan, column message, mapping '{mapping.name}', run_id '{run_id}'.")
    return to_short_lines(lines)


def to_remedy(mapping: Mapping) -> str:
    """Return what to do about so many rows that were not written, in short lines."""
    return to_short_lines(
        [
            f"Remove the cause, then clear the task `{mapping.name}.plan` and those after it: "
            "it plans anew what was not written, with the values of now.",
            "To clear only `apply` or `settle` sends nothing, since each of these rows has its end state.",
        ]
    )


def to_short_lines(lines: Sequence[str]) -> str:
    """Return the lines as one text, those that are long continued on the next line."""
    return "\n".join(part for line in lines for part in _wrap(line))


def _wrap(line: str) -> list[str]:
    return wrap(line, LINE_LENGTH, subsequent_indent="  ", break_on_hyphens=False)


def _to_line(failure: Failure) -> str:
    said = shorten(failure.message, LONGEST_TEXT, placeholder=" ...")
    return f"- {failure.rows} x {failure.code}, for example row {failure.example_row_id}: '{said}'"
