"""Generate the times at which records were created and last changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

HISTORY = timedelta(days=730)
PAUSE = timedelta(hours=1)
"""Between the last change and the day for which the data are made: no window of an import can miss it."""


class RandomTimestamps:
    """The two years that end an hour before `today` begins, in UTC."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.end = datetime.combine(today, time(), UTC) - PAUSE
        self.beginning = self.end - HISTORY

    def between(self, random: Random, start: datetime, end: datetime) -> datetime:
        """Return a random whole second of the span."""
        return start + timedelta(seconds=random.randint(0, max(int((end - start).total_seconds()), 0)))

    def drawn(self, random: Random) -> dict[str, str]:
        """Return the system fields of a record created at a random time and changed at a random time after."""
        created_at = self.between(random, self.beginning, self.end)
        return self.made(created_at, self.between(random, created_at, self.end))

    def fixed(self, at: datetime) -> dict[str, str]:
        """Return the system fields of a record that was never changed."""
        return self.made(at, at)

    def made(self, created_at: datetime, changed_at: datetime) -> dict[str, str]:
        """Return the system fields of a record with both times known."""
        changed = to_text(min(changed_at, self.end))
        return {
            "CreatedDate": to_text(min(created_at, self.end)),
            "LastModifiedDate": changed,
            "SystemModstamp": changed,
        }


def to_text(moment: datetime) -> str:
    """Return a time in the format of Salesforce's REST API."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
