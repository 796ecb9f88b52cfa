"""Notices: messages about events for one person, in the portal and by email."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.json_fields import ListField, ObjectField
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.projects import Membership, Project
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

OPS_PERMISSION = "dubbing.view_hold"
"""Staff with this permission get the notices for ops."""


class NoticeKind(models.TextChoices):
    """What a notice is about. People choose for each kind whether they also get an email."""

    FAILED = "failed", _("Failed")
    APPROVAL = "approval", _("Needs your approval")
    DECIDED = "decided", _("Approval decided")
    PILOT = "pilot", _("Pilot ready")
    FINISHED = "finished", _("Finished")
    REVIEW = "review", _("To review")
    REVIEWED = "reviewed", _("Review decided")
    MENTION = "mention", _("Mentioned in a comment")
    VOTE = "vote", _("Blind comparison")
    MINUTES = "minutes", _("Minutes running low")
    LATE = "late", _("Late or stuck")
    HOLD = "hold", _("Provider on hold")
    WEBHOOK = "webhook", _("Webhook turned off")
    ALERT = "alert", _("Problem with the portal")


OF_REVIEW = (NoticeKind.REVIEW, NoticeKind.REVIEWED, NoticeKind.MENTION)
"""Kinds that are about one language and lead to its review room."""


class Rhythm(models.TextChoices):
    """When a notice is sent by email."""

    SOON = "soon", _("At once")
    DAILY = "daily", _("Daily")
    OFF = "off", _("Off")


class MailQuerySet(LeasedQuerySet["Mail"]):
    """Mails by what they are waiting for."""

    def due(self) -> MailQuerySet:
        """Mails to send now: their time has come, or their sender died or failed."""
        return self.free().filter(status__in=Mail.UNSENT, next_at__lte=timezone.now())


class MailStatus(models.TextChoices):
    """Status of a mail; the transitions are drawn in ``Mail``."""

    OPEN = "open", _("Collects notices")
    CLOSED = "closed", _("Being sent")
    SENT = "sent", _("Sent")
    EMPTY = "empty", _("Nothing to send")


class Mail(Leased):
    """One email with notices for one person. Written with the notices, sent later, once.

    ::

        OPEN ──claim──▶ CLOSED ──▶ SENT      accepts more notices until its time has come
                          │  └───▶ EMPTY     everything was read, switched off, or is no longer visible to them
                          └──(later)         the mail server did not take it: retried with growing pauses, for ever

    If a sender dies after the mail server took the mail, we cannot know: the mail is sent again under the same
    Message-ID, by which mail programs recognise the duplicate.
    """

    Status: TypeAlias = MailStatus

    UNSENT = [Status.OPEN, Status.CLOSED]

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rhythm = models.CharField(max_length=5, choices=Rhythm.choices)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    next_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True, help_text=_("Why the last attempt failed."))
    made_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["next_at"], condition=Q(status__in=["open", "closed"]), name="mail_unsent")]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "rhythm"], condition=Q(status="open"), name="one_open_mail_per_rhythm"
            ),
            known(MailStatus, "known_mail_status"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} · {self.get_rhythm_display()} · {self.get_status_display()}"


def sees_ops_notices(user: User | AnonymousUser) -> bool:
    """Whether this person sees notices for operations."""
    return user.is_staff and user.has_perm(OPS_PERMISSION)


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices by who may see them and whether they were read."""

    def visible_to(self, user: User | AnonymousUser) -> NoticeQuerySet:
        """This person's notices of what they may still see: as in ``Asset.objects.visible_to``, joined row by row."""
        return self.of_person(user.pk, for_ops=sees_ops_notices(user)) if user.is_authenticated else self.none()

    def of_person(self, user_id: int, *, for_ops: bool) -> NoticeQuerySet:
        """``visible_to`` for a person's id. ``for_ops``: including those for operations."""
        mine = Membership.objects.filter(user_id=user_id).values("project_id")
        of_project = Q(for_ops=False, asset=None, project__in=mine)
        of_asset = Q(for_ops=False, asset__project__in=mine, asset__trashed_at=None)
        of_asset &= ~Q(asset__status=Asset.Status.DRAFT) | Q(asset__created_by_id=user_id)
        of_ops = Q(for_ops=True) if for_ops else Q(pk__in=[])
        return self.filter(of_project | of_asset | of_ops, recipient_id=user_id)

    def unread(self) -> NoticeQuerySet:
        """Notices not read yet."""
        return self.filter(read_at=None)

    def mark_read(self) -> int:
        """Mark them as read now. Return how many there were."""
        return self.filter(read_at=None).update(read_at=timezone.now())


class Notice(models.Model):
    """What tells one person about one event.

    ``key`` says what happened: an event's id, or a threshold. Nobody gets two notices with the same key.
    """

    Kind: TypeAlias = NoticeKind

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=60)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, null=True, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="+")
    locale = models.CharField(max_length=20, blank=True)
    data = ObjectField()
    for_ops = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mail = models.ForeignKey(Mail, on_delete=models.SET_NULL, null=True, related_name="notices")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_by_recipient"),
            models.Index(fields=["recipient", "-id"], condition=Q(read_at=None), name="notice_unread"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "kind", "key"], name="told_once"),
            known(NoticeKind, "known_notice_kind", "kind"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} · {self.get_kind_display()} · {self.key}"


def _is_gap(item: object) -> bool:
    """Whether the item is a gap: first id, last id, and since when they are missing."""
    return isinstance(item, list) and len(item) == 3 and all(type(figure) in (int, float) for figure in item)


class NoticeCursor(models.Model):
    """How far one consumer has read the events; one row for each consumer.

    ``gaps``: [first, last, since] of ids below ``last_id`` that were missing when the ones above them were read.
    Overlapping transactions can make their events visible in another order than that of the ids.
    """

    last_id = models.BigIntegerField(default=0)
    gaps = ListField(is_item=_is_gap)

    def __str__(self) -> str:
        return str(self.last_id)


class NoticeChoice(models.Model):
    """Whether one person gets emails for one kind of notice: in all projects, or in one that is an exception."""

    Rhythm: TypeAlias = Rhythm

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="+")
    rhythm = models.CharField(max_length=5, choices=Rhythm.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], condition=Q(project=None), name="one_choice_per_kind"),
            models.UniqueConstraint(
                fields=["user", "kind", "project"], condition=Q(project__isnull=False), name="one_choice_per_project"
            ),
            known(NoticeKind, "known_choice_kind", "kind"),
            known(Rhythm, "known_rhythm", "rhythm"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_kind_display()} · {self.get_rhythm_display()}"
