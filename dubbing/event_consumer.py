"""Read events in id order, each once, and process them.

The position in the events and the effects change in one transaction: a consumer killed at any point has done either
neither or both. Only one reads at a time; a second one finds the row locked and leaves it to the first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from django.db import transaction
from django.db.models import Max, Q

from dubbing.models import Event, NoticeCursor

if TYPE_CHECKING:
    from dubbing.models.events import EventQuerySet

log = logging.getLogger(__name__)

AT_ONCE = 500
# No transaction stays open that long: anything missing after it was never written.
GAP_SECONDS = 60 * 60
MOST_GAPS = 200

Gap: TypeAlias = tuple[int, int, float]
"""First and last id, and when they were found missing."""


class EventConsumer:
    """A consumer of all events. ``cursor``: the id of its row; ``take``: processes some events, in order."""

    def __init__(self, cursor: int, take: Callable[[list[Event]], None]) -> None:
        self.cursor, self._take = cursor, take

    def waiting_since(self) -> datetime | None:
        """When the oldest unread event happened; None if all were read."""
        cursor = NoticeCursor.objects.filter(pk=self.cursor).first() or NoticeCursor()
        return _unread(cursor).values_list("at", flat=True).first()

    def take_events(self) -> int:
        """Process the unread events. Returns how many there were."""
        taken = 0
        while some := self._take_some():
            taken += some
        return taken

    def skip_to_now(self) -> None:
        """Skip everything that happened so far: there was no receiver for it."""
        newest = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
        NoticeCursor.objects.update_or_create(pk=self.cursor, defaults={"last_id": newest, "gaps": []})

    def _take_some(self) -> int:
        NoticeCursor.objects.get_or_create(pk=self.cursor)
        with transaction.atomic():
            cursor = NoticeCursor.objects.select_for_update(skip_locked=True).filter(pk=self.cursor).first()
            if cursor is None:
                return 0
            events = list(_unread(cursor).select_related("asset__project")[:AT_ONCE])
            if events:
                self._take(events)
                last_id = max(cursor.last_id, events[-1].pk)
                gaps = _gaps(cursor, [event.pk for event in events])
                NoticeCursor.objects.filter(pk=self.cursor).update(last_id=last_id, gaps=gaps)
        return len(events)


def _unread(cursor: NoticeCursor) -> EventQuerySet:
    wanted = Q(pk__gt=cursor.last_id)
    for first, last, _since in _open(cursor):
        wanted |= Q(pk__range=(first, last))
    return Event.objects.filter(wanted).order_by("pk")


def _open(cursor: NoticeCursor) -> list[Gap]:
    now = time.time()
    return [(first, last, since) for first, last, since in cursor.gaps if now - since < GAP_SECONDS]


def _gaps(cursor: NoticeCursor, seen: list[int]) -> list[Gap]:
    """The ids that may still appear: old gaps that were not filled, and new ones."""
    gaps = [gap for old in _open(cursor) for gap in _without(old, seen)]
    begin = cursor.last_id + 1
    for pk in (pk for pk in seen if pk > cursor.last_id):
        if pk > begin:
            gaps.append((begin, pk - 1, time.time()))
        begin = pk + 1
    if len(gaps) > MOST_GAPS:
        log.warning("%s gaps in the events, the oldest are given up", len(gaps))
    return gaps[-MOST_GAPS:]


def _without(gap: Gap, seen: Iterable[int]) -> list[Gap]:
    first, last, since = gap
    left: list[Gap] = []
    for pk in (pk for pk in seen if first <= pk <= last):
        if pk > first:
            left.append((first, pk - 1, since))
        first = pk + 1
    return [*left, (first, last, since)] if first <= last else left
