"""Thresholds at which a flow switches API, splits its work or fails; each is defined here only."""

from __future__ import annotations

MOST_WITHOUT_BULK = 2_000
"""Records of one mapping in one run that are read, or rows that are sent, without Bulk API 2.0, which Salesforce
recommends above this number."""

PAGES_AT_ONCE = 2
"""Pages in work at a time: gzip, CSV and Arrow let other threads run, and two pages stay below 600 MB."""

ROWS_CHECKED_TOGETHER = 200_000
"""Rows of one check by Great Expectations, which costs 0.15 s before it looks at the first."""

MOST_REJECTED = 10
MOST_REJECTED_SHARE = 0.2
"""More rejected rows than both of these fail the task: a few are a matter of their data, many of the mapping, the suite
or the org. A share alone says nothing of a run with a handful of rows."""


def is_over_limit(rejected: int, of: int) -> bool:
    """Return whether so many of the rows were rejected that something other than their data must be at fault."""
    return rejected > max(MOST_REJECTED, MOST_REJECTED_SHARE * of)
