"""Read events, and write the messages that follow from them (``EventConsumer`` ensures that each is read once)."""

from __future__ import annotations

from datetime import datetime

from dubbing.event_consumer import EventConsumer
from dubbing.models import Event, Webhook, WebhookMessage
from dubbing.webhooks import payloads

CURSOR = 2
"""The id of its cursor row."""


def _write_messages(events: list[Event]) -> None:
    outgoing = [(event, kind) for event in events if (kind := payloads.kind_of(event))]
    projects = {event.asset.project_id for event, _kind in outgoing}
    webhooks = list(Webhook.objects.live().filter(project__in=projects)) if projects else []
    messages = [
        payloads.message(webhook, kind, event)
        for event, kind in outgoing
        for webhook in webhooks
        if webhook.project_id == event.asset.project_id and kind in webhook.kinds and event.at >= webhook.created_at
    ]
    WebhookMessage.objects.bulk_create(messages, ignore_conflicts=True)


_consumer = EventConsumer(CURSOR, _write_messages)
skip_to_now = _consumer.skip_to_now


def waiting_since() -> datetime | None:
    """When the oldest unread event happened; None if all were read, or no webhook is active."""
    return _consumer.waiting_since() if Webhook.objects.live().exists() else None


def take_events() -> int:
    """Write the messages of unread events. Returns how many events there were."""
    return _consumer.take_events() if Webhook.objects.live().exists() else 0
