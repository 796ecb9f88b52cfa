"""The content of messages: what happened and to what, with ids for querying the API. No names of people, no texts."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.utils import timezone

from dubbing.models import Event, Webhook, WebhookMessage
from dubbing.models.webhooks import TEST, TRIED_FOR, WebhookKind

_KINDS: dict[str, WebhookKind] = {
    Event.Kind.SUBMITTED: WebhookKind.SUBMITTED,
    Event.Kind.STATUS: WebhookKind.STATUS,
    Event.Kind.DUBBING_STATUS: WebhookKind.LANGUAGE,
    Event.Kind.KEPT: WebhookKind.RESULT,
    Event.Kind.APPROVAL_ASKED: WebhookKind.APPROVAL,
    Event.Kind.REVIEW_ASKED: WebhookKind.REVIEW,
    Event.Kind.REVIEW_APPROVED: WebhookKind.DECIDED,
    Event.Kind.REVIEW_RETURNED: WebhookKind.DECIDED,
    Event.Kind.REVIEW_REOPENED: WebhookKind.DECIDED,
    Event.Kind.REVIEW_OUTDATED: WebhookKind.DECIDED,
    Event.Kind.COMMENTED: WebhookKind.COMMENT,
}
_DETAILS = ("from", "to", "comment", "first")
"""Keys copied from an event's own data."""


def kind_of(event: Event) -> WebhookKind | None:
    """The kind of an event for receivers; None for events that concern the portal alone."""
    return _KINDS.get(event.kind)


def message(webhook: Webhook, kind: str, event: Event) -> WebhookMessage:
    """The message about an event, not saved."""
    asset = event.asset
    details = {name: event.data[name] for name in _DETAILS if name in event.data}
    data = {
        "event_id": event.pk, "event": event.kind, "project_id": asset.project_id, "asset_id": asset.pk,
        "name": asset.name, "language": event.locale or None, **details,
        "url": f"{settings.PORTAL_URL}/api/v1/assets/{asset.pk}",
    }  # fmt: skip
    return _message(webhook, kind, event.at.isoformat(), data, event=event, asset=asset)


def trial(webhook: Webhook) -> WebhookMessage:
    """A test message, not saved."""
    return _message(webhook, TEST, timezone.now().isoformat(), {"project_id": webhook.project_id})


def _message(webhook: Webhook, kind: str, at: str, data: dict[str, Any], **more: Any) -> WebhookMessage:
    # Serialised once: exactly these bytes are signed and sent, however often.
    body = json.dumps({"type": str(kind), "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))
    return WebhookMessage(
        webhook=webhook, kind=str(kind), body=body, tried_until=timezone.now() + TRIED_FOR, **more
    )  # fmt: skip
