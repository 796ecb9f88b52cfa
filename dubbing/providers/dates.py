"""The order of dates in a provider's list, observed while it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def moment(text: Any) -> datetime | None:
    """A provider's date, in UTC; None for anything else."""
    try:
        at = datetime.fromisoformat(text if isinstance(text, str) else "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def http_date(text: str) -> datetime | None:
    """The time in a Date header, in UTC; None for anything else."""
    try:
        at = parsedate_to_datetime(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


class Dates:
    """The dates read so far. Each is parsed once, however often it is queried."""

    def __init__(self) -> None:
        self.newest: datetime | None = None
        self.oldest: datetime | None = None
        self.count = 0
        self.run_down = True
        """Whether all could be read, and none is newer than the one before."""

    def add(self, date: datetime | None) -> None:
        """Add the next date in the list."""
        self.count += 1
        if date is None or (self.oldest is not None and date > self.oldest):
            self.run_down = False
        elif self.run_down:
            self.newest, self.oldest = self.newest or date, date

    def across(self, line: datetime) -> bool:
        """Whether the list runs from new to old without exception, and past this moment."""
        return bool(self.run_down and self.newest and self.oldest and self.newest >= line > self.oldest)

    def beyond(self, line: datetime) -> bool:
        """Whether the list runs from new to old without exception, over several dates, and ends before this moment."""
        return bool(self.run_down and self.count > 1 and self.oldest and self.oldest < line)
