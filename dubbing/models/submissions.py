"""Submissions: what one paid request asked for, and its outcome."""

from __future__ import annotations

from typing import TypeAlias

from django.conf import settings
from django.db import connections, models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models import sent_settings
from dubbing.models.assets import Asset
from dubbing.models.json_fields import ListField, ObjectField, is_text
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.statuses import known
from dubbing.models.uploads import Upload
from dubbing.providers.base import Provider

# Runs for every callback, of which many come at once, so it is not built each time.
_CALLED_BACK = """
SELECT s.id, s.asset_id, s.remote_id FROM dubbing_submission s JOIN dubbing_asset a ON a.id = s.asset_id
WHERE s.token_hash = %s AND a.provider = %s
"""


class SubmissionStatus(models.TextChoices):
    """Status of a paid request; the transitions are drawn in ``Submission``."""

    READY = "ready", _("To be sent")
    SENDING = "sending", _("Being sent")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Outcome unknown")
    ABANDONED = "abandoned", _("Never carried out")
    DUPLICATE = "duplicate", _("Duplicate, carried out late")
    SUPERSEDED = "superseded", _("Failed at the provider, sent again")


class SubmissionKind(models.TextChoices):
    """What a paid request is for."""

    CREATE = "create", _("Create the video")
    ADD_LOCALES = "add_locales", _("Add languages")


class SubmissionQuerySet(LeasedQuerySet["Submission"]):
    """Submissions by what they are waiting for, and by their callback address."""

    def called_back(self, token_hash: str, provider: str) -> Submission | None:
        """The submission whose callback address has this token, with only its asset's id and the provider's id."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(_CALLED_BACK, [token_hash, provider])
            row = cursor.fetchone()
        return Submission.from_db(self.db, ["id", "asset_id", "remote_id"], row) if row else None

    def due(self) -> SubmissionQuerySet:
        """Submissions to be sent, left behind by a worker that died, or to be looked for at the provider."""
        waiting = Q(status__in=Submission.OPEN)
        named = Q(remote_id="", status=Submission.Status.ABANDONED) & ~Q(candidate_id="")
        return self.free().filter(waiting | named, needs_person=False, next_at__lte=timezone.now())

    def sent_alone(self, asset_id: int) -> dict[str, tuple[str, str]]:
        """The locales of an asset whose newest request was for that locale alone, whatever its outcome.

        The value is the code and message with which that request failed as a whole after the provider took it; else
        empty.
        """
        alone: dict[str, tuple[str, str]] = {}
        rows = self.filter(asset=asset_id).order_by("pk")
        for locale, together, status, code, message in rows.values_list(
            "locale", "locales", "status", "error_code", "error_message"
        ):
            if locale:
                alone[locale] = (code, message) if status == Submission.Status.ACCEPTED else ("", "")
            else:  # sent together with others since
                alone = {single: failure for single, failure in alone.items() if single not in together}
        return alone

    def asset_sent_from(self, draft_number: int) -> int | None:
        """The asset that was created from a draft that no longer exists; None if there is none."""
        return self.filter(draft_number=draft_number).values_list("asset_id", flat=True).first()

    def lightest(self, provider: Provider) -> int | None:
        """The waiting submission of this provider that uploads least, then the oldest; None if none is waiting."""
        waiting = self.free().filter(status=Submission.Status.READY, needs_person=False, asset__provider=provider.name)
        if not provider.capabilities.prepares:
            waiting = waiting.filter(candidate_id="")
        if not provider.capabilities.uploads:
            return waiting.order_by("pk").values_list("pk", flat=True).first()
        sizes = Coalesce("asset__source__size", 0) + Coalesce("asset__background__size", 0)
        size = Case(
            When(kind=Submission.Kind.ADD_LOCALES, then=0), default=sizes, output_field=models.BigIntegerField()
        )
        return waiting.order_by(size, "pk").values_list("pk", flat=True).first()

    def wake(self, provider: str) -> None:
        """Make submissions due that waited for a hold to end, in the order in which they were created."""
        self.filter(status=Submission.Status.READY, asset__provider=provider).update(next_at=F("created_at"))


class Submission(Leased):
    """One paid request to a provider. Written before the request, settled after it, never sent twice on a guess.

    ::

        READY ──claim──▶ SENDING ──▶ ACCEPTED       2xx with an id
          ▲                 │ ──▶ REFUSED           the provider read it and said no
          │                 │ ──▶ READY             certainly not carried out: retried later
          │                 └───▶ UNKNOWN           timeout, reset, 5xx, unreadable 2xx, worker died
          │                          │ ──▶ ACCEPTED    a callback on our own address, or our reference in the list
          └── (next attempt) ◀───────┴─── ABANDONED    two complete searches after the settle window found nothing
        anything found late for an ABANDONED one ──▶ DUPLICATE: shown to ops, nothing is deleted
        ACCEPTED, failed there, and a person sends the same again ──▶ SUPERSEDED

    ``needs_person`` stops all of this until somebody decides in the admin. The lease is the one for sending and
    settling.
    """

    Kind: TypeAlias = SubmissionKind

    Status: TypeAlias = SubmissionStatus

    OPEN = [Status.READY, Status.SENDING, Status.UNKNOWN]
    FINAL = [Status.ACCEPTED, Status.REFUSED, Status.ABANDONED, Status.DUPLICATE, Status.SUPERSEDED]
    # A remote id that somebody enters for one of these may turn out to be its asset.
    UNBOUND = [*OPEN, Status.ABANDONED]

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="submissions")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CREATE)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.READY)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=1)
    reference = models.CharField(max_length=24, unique=True, help_text=_("Part of the video’s name at the provider."))
    # The SHA-256 of the callback token. Null rather than empty, so that it is unique among those that were sent.
    token_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    locales = ListField(is_item=is_text)
    locale = models.CharField(
        max_length=20,
        blank=True,
        help_text=_("The language it is for, if the provider dubs one per job or it was sent again separately."),
    )
    auto_generate = models.CharField(max_length=10, blank=True)
    # Read by `sent_settings`.
    sent_settings = ObjectField(
        is_value=sent_settings.is_setting,
        help_text=_("The settings it was sent with, if the video’s own settings are different."),
    )
    background = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, related_name="background_of_submissions"
    )
    draft_number = models.BigIntegerField(
        null=True, db_index=True, help_text=_("The number of the draft that became this attempt.")
    )

    next_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0, help_text=_("Requests started in this attempt."))
    sent_at = models.DateTimeField(null=True)
    sent_bytes = models.BigIntegerField(default=0)
    lost_at = models.DateTimeField(null=True, help_text=_("When we stopped waiting for an answer."))
    looks = models.PositiveSmallIntegerField(default=0, help_text=_("How many times we checked for the outcome."))
    empty_at = models.DateTimeField(
        null=True, help_text=_("When a complete check after the waiting time found nothing.")
    )
    needs_person = models.BooleanField(default=False)

    remote_id = models.CharField(max_length=128, blank=True)
    candidate_id = models.CharField(
        max_length=128, blank=True, help_text=_("An ID entered by an administrator, or an unpaid job.")
    )
    error_code = models.CharField(max_length=60, blank=True)
    error_status = models.PositiveSmallIntegerField(null=True)
    error_message = models.TextField(blank=True, help_text=_("The provider’s message."))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["status", "next_at"], name="submission_by_due"),
            models.Index(fields=["remote_id"], name="submission_by_remote_id"),
            models.Index(fields=["candidate_id"], name="submission_by_candidate_id"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "locale"],
                condition=Q(kind="create", status__in=["ready", "sending", "unknown", "accepted"]),
                name="one_live_create_per_locale",
            ),
            models.UniqueConstraint(
                fields=["asset"],
                condition=Q(kind="add_locales", status__in=["ready", "sending", "unknown"]),
                name="one_live_addition_per_asset",
            ),
            known(SubmissionStatus, "known_submission_status"),
            known(SubmissionKind, "known_submission_kind", "kind"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} · {self.get_status_display()}"
