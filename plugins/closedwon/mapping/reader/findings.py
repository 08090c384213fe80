"""Findings of one file, collected while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from closedwon.mapping.model.catalog import Finding


@dataclass(frozen=True)
class FileFindings:
    """The findings in one file so far, and the file's name as messages show it."""

    file: str
    noted: list[Finding] = field(default_factory=list)

    def note(self, line: int, message: str) -> None:
        """Add a finding; reading goes on, so that one message lists them all."""
        self.noted.append(Finding(self.file, line, message))
