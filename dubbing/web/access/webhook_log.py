"""The log of a webhook: its newest messages and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from dubbing.models import Webhook, WebhookAttempt, WebhookMessage

SHOWN = 30
"""Number of messages shown in the log."""


@dataclass(frozen=True, slots=True)
class WebhookLog:
    """A webhook with its newest messages; their attempts are read."""

    webhook: Webhook
    messages: list[WebhookMessage]

    @property
    def shown(self) -> object:
        """Everything that is shown, as plain values."""
        lines = [
            (message.pk, message.status, message.tries, message.next_at, [attempt.pk for attempt in _attempts(message)])
            for message in self.messages
        ]
        return self.webhook.disabled_at, self.webhook.failing_since, lines


def build(pk: int) -> WebhookLog:
    """Read the log of the webhook with this key."""
    webhook = Webhook.objects.select_related("project").get(pk=pk)
    return WebhookLog(webhook, list(webhook.messages.prefetch_related("attempts").order_by("-pk")[:SHOWN]))


def _attempts(message: WebhookMessage) -> list[WebhookAttempt]:
    return list(message.attempts.all())
