"""Counts of the records of one object in one run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class Counts:
    """Records of one object in one run, by outcome: `read = written + unchanged + rejected + skipped`."""

    read: int = 0
    written: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))

    def after(self, earlier: Counts) -> Counts:
        """Return the counts of a run that has loaded before, with `earlier` as its counts then.

        What it wrote then it finds unchanged now, and yet the run has written it. A run that reads nothing this time
        keeps its counts.
        """
        if not self.read:
            return earlier
        fitting = self.read - self.rejected - self.skipped
        written = min(self.written + earlier.written, fitting)
        return replace(self, written=written, unchanged=fitting - written)
