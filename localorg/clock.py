"""The org's own clock: the machine's, shifted or held still by a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Called, it tells the org's time in UTC."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._held: datetime | None = None

    def __call__(self) -> datetime:
        return self._held if self._held is not None else datetime.now(UTC) + self._offset

    def shift(self, offset_s: float) -> None:
        """Lets it run, `offset_s` seconds ahead of the machine's clock (behind it, if negative)."""
        self._offset, self._held = timedelta(seconds=offset_s), None

    def advance(self, seconds: float) -> None:
        """Moves it on, whether it runs or stands."""
        if self._held is None:
            self._offset += timedelta(seconds=seconds)
        else:
            self._held += timedelta(seconds=seconds)

    def hold(self, now: datetime) -> None:
        """Stops it at `now`, until it is held elsewhere or shifted."""
        self._held = now.astimezone(UTC)
