"""The findings of one file, noted while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from closedwon.mapping.model.catalog import Finding


@dataclass(frozen=True)
class FileFindings:
    """One file, by the name that messages use, and what has been found in it so far."""

    file: str
    noted: list[Finding] = field(default_factory=list)

    def note(self, line: int, message: str) -> None:
        """Add a finding; reading goes on, so that one message holds them all."""
        self.noted.append(Finding(self.file, line, message))
