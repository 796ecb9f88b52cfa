"""Webhooks: addresses of other programs that we call about events, and every call."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.events import Event
from dubbing.models.json_fields import ListField, is_text
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.projects import Project
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

TRIED_FOR = timedelta(days=3)
"""How long a message is retried, and how long an address may fail before it is turned off."""


class WebhookKind(models.TextChoices):
    """What receivers can subscribe to, by the names used in messages."""

    SUBMITTED = "video.submitted", _("A video was submitted")
    STATUS = "video.status", _("The status of a video changed")
    LANGUAGE = "language.status", _("The status of a language changed")
    RESULT = "result.saved", _("A final video was saved")
    APPROVAL = "approval.requested", _("An owner is asked to approve a video")
    REVIEW = "review.requested", _("A final video waits for review")
    DECIDED = "review.decided", _("A review was decided or reopened")
    COMMENT = "comment.added", _("A comment was added")


TEST = "webhook.test"
"""The kind of message sent to test an address."""


def shown_address(url: str) -> str:
    """The address without its path and query, which often hold a secret: ``https://hooks.example.com/…``."""
    scheme, host, path, query, _fragment = urlsplit(url)
    return f"{scheme}://{host}/" + ("…" if path.strip("/") or query else "")


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Webhooks by whether they are active, and by who manages them."""

    def live(self) -> WebhookQuerySet:
        """Webhooks that are called."""
        return self.filter(disabled_at=None)

    def owned_by(self, user: User | AnonymousUser) -> WebhookQuerySet:
        """Webhooks of projects this person owns."""
        return self.filter(project__in=Project.objects.owned_by(user).values("pk"))


class Webhook(models.Model):
    """An address and the kinds it is called about.

    Its secret is derived from ``salt`` and the portal's key, never stored.
    """

    Kind: TypeAlias = WebhookKind

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    kinds = ListField(is_item=is_text)
    salt = models.CharField(max_length=43)
    previous_salt = models.CharField(max_length=43, blank=True)
    previous_until = models.DateTimeField(null=True, help_text=_("Until then messages are signed with both secrets."))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    failing_since = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_why = models.CharField(max_length=200, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return shown_address(self.url)

    @property
    def kind_labels(self) -> list[str]:
        """The labels of its kinds."""
        return [str(kind.label) for kind in WebhookKind if kind in self.kinds]


class MessageStatus(models.TextChoices):
    """Status of a message; the transitions are drawn in ``WebhookMessage``."""

    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    GIVEN_UP = "given_up", _("Given up")


class WebhookMessageQuerySet(LeasedQuerySet["WebhookMessage"]):
    """Messages by what they are waiting for."""

    def due(self) -> WebhookMessageQuerySet:
        """Messages to send now: their time has come, and no earlier message about the same video is still waiting."""
        before = WebhookMessage.objects.filter(
            webhook=OuterRef("webhook"), asset=OuterRef("asset"), pk__lt=OuterRef("pk"), status=MessageStatus.WAITING
        )
        waiting = self.free().filter(status=MessageStatus.WAITING, next_at__lte=timezone.now())
        return waiting.filter(~Exists(before), webhook__disabled_at=None)


class WebhookMessage(Leased):
    """One event for one webhook: written as events are read, sent until it was accepted or is too old.

    ::

        WAITING ──▶ DELIVERED      answered with 2xx
           │ ▲ └──▶ GIVEN_UP       nobody accepted it for three days
           │ └──── a person sends it again
           └──(later)              anything else: retried with growing pauses
    """

    Status: TypeAlias = MessageStatus

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="messages")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=30)
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    body = models.TextField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    tried_until = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)

    objects = WebhookMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status="waiting"), name="webhook_message_waiting"),
            models.Index(
                fields=["webhook", "asset", "id"], condition=Q(status="waiting"), name="webhook_message_in_order"
            ),
            models.Index(fields=["made_at"], name="webhook_message_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="one_message_per_event"),
            known(MessageStatus, "known_message_status"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.message_id}"


class WebhookAttempt(models.Model):
    """One request with a message, and its outcome."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True, help_text=_("Of the answer, if there was one."))
    milliseconds = models.PositiveIntegerField()
    answer = models.CharField(max_length=300, blank=True, help_text=_("How the answer begins."))
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.message} · {self.status or self.problem}"
