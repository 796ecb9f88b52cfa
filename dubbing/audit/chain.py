"""Verify the audit log, and export it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dubbing.models import AuditEvent, AuditHead

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: how many events it has, and the hash of the last one. Empty: position 0 and no hash."""

    position: int
    hash: str

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Break:
    """Something that is not as the portal wrote it, at a position of the log."""

    position: int
    text: str


def read_head(text: str) -> Head:
    """A head as ``head`` prints it, for example ``12:ab34…``. Raises ValueError for anything else."""
    position, _colon, digest = text.strip().partition(":")
    if not (position.isascii() and position.isdigit() and (len(digest) == 64 or (position == "0" and not digest))):
        raise ValueError("A head is a position, a colon and 64 hexadecimal digits, as `audit head` prints it.")
    return Head(int(position), digest)


def current_head() -> Head:
    """The end of the log as of now."""
    head = AuditHead.objects.filter(pk=AuditHead.ONLY).first()
    return Head(head.position, head.hash) if head else Head(0, "")


def find_breaks(known: Head | None = None) -> Iterator[Break]:
    """Everything that was changed, removed or added around the portal, by position.

    ``known``: an earlier head, kept elsewhere. Without it, somebody who can write to the database could replace the
    whole log by another one that fits together.
    """
    end, expected, previous = current_head(), 1, ""
    for event in _events():
        if event.position != expected:
            yield Break(expected, f"Events {expected} to {event.position - 1} are missing.")
        if event.previous != previous:
            yield Break(event.position, "It does not follow the event before it.")
        if event.digest() != event.hash:
            yield Break(event.position, "It was changed.")
        if known and event.position == known.position and event.hash != known.hash:
            yield Break(event.position, "It is not the event of the head that you gave.")
        expected, previous = event.position + 1, event.hash
    if (expected - 1, previous) != (end.position, end.hash):
        yield Break(expected, f"The log ends here, but should end at position {end.position}.")
    if known and known.position >= expected:
        yield Break(expected, f"The log ends before position {known.position}, which the head that you gave has.")


def export(since: datetime | None = None) -> Iterator[str]:
    """One line of JSON for each event, oldest first, with its hash and decoded details."""
    for event in _events(since):
        line = event.facts() | {"details": event.data, "hash": event.hash}
        yield json.dumps(line, ensure_ascii=False, sort_keys=True)


def _events(since: datetime | None = None) -> Iterator[AuditEvent]:
    rows = AuditEvent.objects.order_by("position")
    return (rows.filter(at__gte=since) if since else rows).iterator(_AT_ONCE)
