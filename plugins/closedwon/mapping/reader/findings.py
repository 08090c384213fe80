"""Findings of one file, collected while it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from closedwon.mapping.model.catalog import Finding

UNHELD = re.compile("[\0\ud800-\udfff]")
"""NUL and half a surrogate pair, which an escape such as `\\0` can write and Postgres cannot hold."""


@dataclass(frozen=True)
class FileFindings:
    """The findings in one file so far, and the file's name as messages show it."""

    file: str
    noted: list[Finding] = field(default_factory=list)

    def note(self, line: int, message: str) -> None:
        """Add a finding; reading goes on, so that one message lists them all.

        What it quotes of the file and neither a log nor the warehouse can hold is shown as U+FFFD.
        """
        self.noted.append(Finding(self.file, line, UNHELD.sub("\ufffd", message)))
