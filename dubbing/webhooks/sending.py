"""Send messages to webhooks: signed, to public addresses only, and again until they are accepted."""

from __future__ import annotations

import logging
import random
import time
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from django.conf import settings
from django.utils import timezone
from standardwebhooks import Webhook as Signer

from dubbing.models import Webhook, WebhookAttempt, WebhookMessage
from dubbing.models.leases import next_count
from dubbing.models.webhooks import TRIED_FOR
from dubbing.platform import formatting
from dubbing.providers.addresses import is_local_address, is_public_address
from dubbing.providers.network import Call, ForbiddenAddressError, transport
from dubbing.webhooks import endpoints

log = logging.getLogger(__name__)

SECONDS = 15.0
"""Seconds for a whole call, whatever the receiver does."""
_TIMEOUT = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 5.0}
_FIRST_BYTES = 300
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 6 * 60 * 60.0
_GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a call."""

    status: int | None
    answer: str
    problem: str
    milliseconds: int

    @property
    def is_taken(self) -> bool:
        """Whether the receiver accepted it. Redirects are not followed and do not count."""
        return self.status is not None and 200 <= self.status < 300


def send(pk: int) -> int | None:
    """Send the message if it is due. Return the next one about the same video if this one is finished."""
    message = WebhookMessage.objects.due().select_related("webhook").filter(pk=pk).first()
    if message is None:
        return None
    waiting = WebhookMessage.objects.filter(status=WebhookMessage.Status.WAITING, next_at__lte=timezone.now())
    lease = waiting.claim(pk, seconds=4 * SECONDS)
    if lease is None:
        return None
    outcome = call(message.webhook, message)
    WebhookAttempt.objects.create(
        message=message, status=outcome.status, milliseconds=outcome.milliseconds, answer=outcome.answer,
        problem=outcome.problem,
    )  # fmt: skip
    return _settle(message, lease, outcome)


def call(webhook: Webhook, message: WebhookMessage) -> Outcome:
    """Make the request. The address that the name resolves to is judged now, and only that one is connected to."""
    begun, body = time.monotonic(), message.body.encode()
    status, answer, problem = None, "", ""
    try:
        if not endpoints.is_acceptable(webhook.url):
            raise ForbiddenAddressError("the address is not public")
        status, answer = _post(webhook.url, _headers(webhook, message), body)
    except ForbiddenAddressError as error:
        problem = str(error)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        problem = formatting.one_line(f"{type(error).__name__}: {error}")[:200]
    return Outcome(status, answer, problem, round(1000 * (time.monotonic() - begun)))


def _post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    pool = transport(_may_connect, keep=False)
    request = httpx.Request("POST", url, headers=headers, content=body, extensions={"timeout": _TIMEOUT})
    with pool, Call(SECONDS).running(), closing(pool.handle_request(request)) as response:
        first = b""
        with suppress(httpx.TransportError):  # the status says whether it was accepted
            for piece in response.iter_raw(_FIRST_BYTES):
                first += piece
                if len(first) >= _FIRST_BYTES:
                    break
        text = first[:_FIRST_BYTES].decode("utf-8", "replace")
        return response.status_code, formatting.one_line(text)[:_FIRST_BYTES]


def _may_connect(address: str) -> bool:
    return is_public_address(address) or (settings.DEBUG and is_local_address(address))


def _headers(webhook: Webhook, message: WebhookMessage) -> dict[str, str]:
    now, identifier = datetime.now(UTC), f"msg_{message.message_id.hex}"
    signatures = [Signer(secret).sign(identifier, now, message.body) for secret in endpoints.secrets_of(webhook)]
    return {
        "User-Agent": "dubbing-portal",
        "Content-Type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _settle(message: WebhookMessage, lease: uuid.UUID, outcome: Outcome) -> int | None:
    status, now = WebhookMessage.Status, timezone.now()
    if outcome.is_taken:
        Webhook.objects.filter(pk=message.webhook_id).exclude(failing_since=None).update(failing_since=None)
        WebhookMessage.objects.release(message.pk, lease, status=status.DELIVERED, tries=next_count("tries"))
        return _following(message)
    Webhook.objects.filter(pk=message.webhook_id, failing_since=None).update(failing_since=now)
    later = now + _wait(message.tries)
    over = later > message.tried_until
    WebhookMessage.objects.release(
        message.pk, lease, status=status.GIVEN_UP if over else status.WAITING, next_at=later, tries=next_count("tries")
    )
    _judge(message, outcome)
    return _following(message) if over else None


def _judge(message: WebhookMessage, outcome: Outcome) -> None:
    """Turn off an address that says it is gone, or that has failed for as long as messages are retried."""
    webhook = Webhook.objects.filter(pk=message.webhook_id).first()
    if webhook is None:
        return
    if outcome.status == _GONE:
        endpoints.disable(webhook, "410")
    elif webhook.failing_since and webhook.failing_since < timezone.now() - TRIED_FOR:
        endpoints.disable(webhook, outcome.problem or str(outcome.status))


def _following(message: WebhookMessage) -> int | None:
    others = WebhookMessage.objects.due().filter(webhook=message.webhook_id, asset=message.asset_id)
    return others.order_by("pk").values_list("pk", flat=True).first()


def _wait(tries: int) -> timedelta:
    """Five seconds, tripled each time, up to six hours; with jitter."""
    seconds = min(_FIRST_WAIT * 3 ** min(tries, 20), _LONGEST_WAIT)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311
