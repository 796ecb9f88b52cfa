"""The dates of a provider's list: in what order it runs, noted as it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def moment(text: Any) -> datetime | None:
    """The date that a provider writes, in UTC; None for anything else."""
    try:
        at = datetime.fromisoformat(text if isinstance(text, str) else "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


class Dates:
    """Those read so far. Each is looked at once, however often somebody asks."""

    def __init__(self) -> None:
        self.newest: datetime | None = None
        self.oldest: datetime | None = None
        self.count = 0
        self.run_down = True
        """Whether every one could be read, and none is newer than the one before."""

    def add(self, date: datetime | None) -> None:
        """The next one in the list."""
        self.count += 1
        if date is None or (self.oldest is not None and date > self.oldest):
            self.run_down = False
        elif self.run_down:
            self.newest, self.oldest = self.newest or date, date

    def across(self, line: datetime) -> bool:
        """Whether the list runs from new to old without exception, and across this moment."""
        return bool(self.run_down and self.newest and self.oldest and self.newest >= line > self.oldest)

    def beyond(self, line: datetime) -> bool:
        """Whether it runs from new to old without exception, by several dates, and ends before this moment."""
        return bool(self.run_down and self.count > 1 and self.oldest and self.oldest < line)
