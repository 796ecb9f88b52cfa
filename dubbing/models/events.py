"""Events: what happened to an asset, in order, append-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dubbing.models.json_fields import ObjectField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from dubbing.models.assets import Asset


M = TypeVar("M", bound=models.Model)


class AppendOnly(Exception):
    """Raised when something tries to change or remove history."""


class AppendOnlyQuerySet(models.QuerySet[M]):
    """Rows that are written once and then only read."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: history cannot be rewritten."""
        raise AppendOnly("events are append-only")

    def delete(self) -> NoReturn:
        """Refuse: history cannot be removed."""
        raise AppendOnly("events are append-only")


class EventQuerySet(AppendOnlyQuerySet["Event"]):
    """Events can be added and read."""

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
        """Record that something happened to ``asset``; ``cause`` is who or what made us notice it."""
        person = actor if actor is not None and actor.is_authenticated else None
        return self.create(asset=asset, kind=kind, actor=person, cause=cause, locale=locale, data=data)


class Event(models.Model):
    """Something that happened to an asset, in the past tense. Never changed or removed."""

    class Kind(models.TextChoices):
        CREATED = "created", _("Draft created")
        SUBMITTED = "submitted", _("Submitted")
        SENDING = "sending", _("Request started")
        ACCEPTED = "accepted", _("Accepted by the provider")
        REFUSED = "refused", _("Refused by the provider")
        HELD = "held", _("Put on hold")
        ANSWER_LOST = "answer_lost", _("Answer lost")
        LOOKED_FOR = "looked_for", _("Checked with the provider")
        ABANDONED = "abandoned", _("Confirmed as never carried out")
        DUPLICATE = "duplicate", _("Duplicate found at the provider")
        NEEDS_PERSON = "needs_person", _("Waiting for an administrator")
        SETTLED = "settled", _("Decided manually")
        CALLBACK = "callback", _("Callback received")
        STATUS = "status", _("Status changed")
        LATE = "late", _("Later than usual")
        STUCK = "stuck", _("Much later than usual")
        DUBBING_STATUS = "dubbing_status", _("Language status changed")
        UNKNOWN_WORD = "unknown_word", _("Unknown status from the provider")
        SYNC_FAILED = "sync_failed", _("Could not reach the provider")
        LENGTH_DIFFERS = "length_differs", _("Provider reports a different length")
        KEPT = "kept", _("Result saved")
        KEEP_FAILED = "keep_failed", _("Result could not be saved")
        LOCALES_ADDED = "locales_added", _("Languages added")
        REVISED = "revised", _("Sent back to editing")
        APPROVAL_ASKED = "approval_asked", _("Approval requested")
        APPROVED = "approved", _("Approved")
        GIVEN_BACK = "given_back", _("Changes requested")
        LENGTH_CHECKED = "length_checked", _("Doubtful length confirmed")
        OVERRIDDEN = "overridden", _("Policy overridden")
        PILOT = "pilot", _("Pilot created")
        RETRIED = "retried", _("Tried again as a new video")
        RENAMED = "renamed", _("Renamed")
        DUE = "due", _("Due date changed")
        TAGGED = "tagged", _("Tags changed")
        ARCHIVED = "archived", _("Archived")
        UNARCHIVED = "unarchived", _("Unarchived")
        MOVED = "moved", _("Moved to another project")
        TRASHED = "trashed", _("Moved to trash")
        RESTORED = "restored", _("Restored from trash")
        PURGED = "purged", _("Deleted for good")
        REPLAYED = "replayed", _("Callback processed again")
        REVIEW_ASKED = "review_asked", _("Review requested")
        REVIEW_APPROVED = "review_approved", _("Final video approved")
        REVIEW_RETURNED = "review_returned", _("Changes to the final video requested")
        REVIEW_REOPENED = "review_reopened", _("Review reopened")
        REVIEW_OUTDATED = "review_outdated", _("Approval out of date")
        SUBTITLES_CHANGED = "subtitles_changed", _("Subtitles changed")
        COMMENTED = "commented", _("Comment added")
        VOTE_ASKED = "vote_asked", _("Blind comparison started")
        VOTE_CLOSED = "vote_closed", _("Blind comparison closed")
        OPS = "ops", _("Action in the admin site")

    asset = models.ForeignKey("dubbing.Asset", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    locale = models.CharField(max_length=20, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    cause = models.CharField(max_length=40, blank=True)
    data = ObjectField()
    at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["asset", "-id"], name="event_by_asset"),
            # The admin's list of videos asks which have one: so few that PostgreSQL looks for all of them at once.
            models.Index(fields=["asset"], condition=Q(kind="length_differs"), name="event_of_other_length"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.at:%Y-%m-%d %H:%M:%S}"
