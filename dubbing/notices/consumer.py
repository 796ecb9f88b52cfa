"""Read events, and write the notices that follow from them (``EventConsumer`` ensures that each is read once)."""

from __future__ import annotations

from dubbing.event_consumer import EventConsumer
from dubbing.models import Event
from dubbing.notices import notice_rows
from dubbing.notices.audience import Audience
from dubbing.notices.event_notices import plan_notices

CURSOR = 1
"""The id of its cursor row."""


def _write_notices(events: list[Event]) -> None:
    notice_rows.write_notices(plan_notices(events), Audience(events))
    notice_rows.settle_questions(events)


_consumer = EventConsumer(CURSOR, _write_notices)
waiting_since, take_events = _consumer.waiting_since, _consumer.take_events
