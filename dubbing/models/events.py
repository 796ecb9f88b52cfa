"""What happened, in order, for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from dubbing.models.assets import Asset


class AppendOnly(Exception):
    """Somebody tried to change or remove what happened."""


class EventQuerySet(models.QuerySet["Event"]):
    """Events can be added and read."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: history is not rewritten."""
        raise AppendOnly("events are append-only")

    def delete(self) -> NoReturn:
        """Refuse: history is not removed."""
        raise AppendOnly("events are append-only")

    def record(
        self,
        asset: Asset,
        kind: str,
        *,
        actor: User | AnonymousUser | None = None,
        cause: str = "",
        locale: str = "",
        **data: Any,
    ) -> Event:
        """Write down that something happened to ``asset``: ``cause`` is who or what made us notice it."""
        person = actor if actor is not None and actor.is_authenticated else None
        return self.create(asset=asset, kind=kind, actor=person, cause=cause, locale=locale, data=data)


class Event(models.Model):
    """Something that happened to an asset, in the past tense. Never changed, never removed."""

    class Kind(models.TextChoices):
        CREATED = "created", "Draft made"
        SUBMITTED = "submitted", "Submitted"
        SENDING = "sending", "Request started"
        ACCEPTED = "accepted", "Accepted by the provider"
        REFUSED = "refused", "Refused by the provider"
        HELD = "held", "Put on hold"
        ANSWER_LOST = "answer_lost", "Answer lost"
        LOOKED_FOR = "looked_for", "Looked for at the provider"
        ABANDONED = "abandoned", "Found never to have been carried out"
        DUPLICATE = "duplicate", "A second asset showed up at the provider"
        NEEDS_PERSON = "needs_person", "Waits for a decision by ops"
        SETTLED = "settled", "Settled by hand"
        CALLBACK = "callback", "Callback received"
        STATUS = "status", "Status changed"
        LATE = "late", "Later than usual"
        STUCK = "stuck", "Much later than usual"
        DUBBING_STATUS = "dubbing_status", "Language status changed"
        UNKNOWN_WORD = "unknown_word", "Unknown status word from the provider"
        SYNC_FAILED = "sync_failed", "The provider could not be asked"
        LENGTH_DIFFERS = "length_differs", "The provider's length differs from ours"
        KEPT = "kept", "Result kept"
        KEEP_FAILED = "keep_failed", "Result could not be kept"
        LOCALES_ADDED = "locales_added", "Languages added"
        REVISED = "revised", "Sent back to editing"
        APPROVAL_ASKED = "approval_asked", "Approval asked for"
        APPROVED = "approved", "Approved to be sent"
        GIVEN_BACK = "given_back", "Given back without approval"
        OVERRIDDEN = "overridden", "Policy set aside"
        PILOT = "pilot", "Pilot made"
        RETRIED = "retried", "Tried again as a new asset"
        OPS = "ops", "Action in the admin site"

    asset = models.ForeignKey("dubbing.Asset", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    locale = models.CharField(max_length=20, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    cause = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["asset", "-id"], name="event_by_asset")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.at:%Y-%m-%d %H:%M:%S}"
