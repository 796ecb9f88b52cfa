"""Reads events in the order of their ids, each once, and writes the notices that follow from them.

The place in the events and the notices change in one transaction: a consumer that is killed anywhere has either done
neither or both. Only one at a time reads; a second one finds the row locked and leaves it to the first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from django.db import transaction
from django.db.models import Q

from dubbing.models import Event, NoticeCursor
from dubbing.notices import notice_rows
from dubbing.notices.audience import Audience
from dubbing.notices.event_notices import plan_notices

log = logging.getLogger(__name__)

CURSOR = 1
"""The key of the one row."""
AT_ONCE = 500
# No transaction stays open for that long: what is missing after it was never written.
GAP_SECONDS = 60 * 60
MOST_GAPS = 200

Gap: TypeAlias = tuple[int, int, float]
"""First and last id, and when they were found missing."""


def waiting_since() -> datetime | None:
    """When the oldest event happened that was not read yet; None when all are read."""
    cursor = NoticeCursor.objects.filter(pk=CURSOR).first() or NoticeCursor()
    return _unread(cursor).values_list("at", flat=True).first()


def take_events() -> int:
    """Read what has not been read, and write its notices. Returns how many events that were."""
    taken = 0
    while some := _take_some():
        taken += some
    return taken


def _take_some() -> int:
    NoticeCursor.objects.get_or_create(pk=CURSOR)
    with transaction.atomic():
        cursor = NoticeCursor.objects.select_for_update(skip_locked=True).filter(pk=CURSOR).first()
        if cursor is None:
            return 0
        events = list(_unread(cursor).select_related("asset__project")[:AT_ONCE])
        if events:
            notice_rows.write_notices(plan_notices(events), Audience(events))
            notice_rows.settle_questions(events)
            last_id = max(cursor.last_id, events[-1].pk)
            gaps = _gaps(cursor, [event.pk for event in events])
            NoticeCursor.objects.filter(pk=CURSOR).update(last_id=last_id, gaps=gaps)
    return len(events)


def _unread(cursor: NoticeCursor) -> notice_rows.Events:
    wanted = Q(pk__gt=cursor.last_id)
    for first, last, _since in _open(cursor):
        wanted |= Q(pk__range=(first, last))
    return Event.objects.filter(wanted).order_by("pk")


def _open(cursor: NoticeCursor) -> list[Gap]:
    now = time.time()
    return [(first, last, since) for first, last, since in cursor.gaps if now - since < GAP_SECONDS]


def _gaps(cursor: NoticeCursor, seen: list[int]) -> list[Gap]:
    """The ids that may still show up: what of the old gaps was not seen, and what is missing between the new ones."""
    gaps = [gap for old in _open(cursor) for gap in _without(old, seen)]
    begin = cursor.last_id + 1
    for pk in (pk for pk in seen if pk > cursor.last_id):
        if pk > begin:
            gaps.append((begin, pk - 1, time.time()))
        begin = pk + 1
    if len(gaps) > MOST_GAPS:
        log.warning("notices: %s gaps in the events, the oldest are given up", len(gaps))
    return gaps[-MOST_GAPS:]


def _without(gap: Gap, seen: Iterable[int]) -> list[Gap]:
    first, last, since = gap
    left: list[Gap] = []
    for pk in (pk for pk in seen if first <= pk <= last):
        if pk > first:
            left.append((first, pk - 1, since))
        first = pk + 1
    return [*left, (first, last, since)] if first <= last else left
