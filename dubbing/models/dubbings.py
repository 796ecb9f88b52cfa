"""Dubbings (asset x target locale), their versions at the provider, and the results we keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models import sent_settings
from dubbing.models.assets import Asset
from dubbing.models.json_fields import EMPTY_OBJECT, ListField, ObjectField, is_text
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.statuses import SPINNER, StatusChoices, known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class DubbingStatus(StatusChoices):
    """Status of a language; the transitions are drawn in ``Dubbing``."""

    PENDING = "pending", "circle-dashed", "grey", _("Not sent yet")
    PREPARING = "preparing", SPINNER, "blue", _("Dubbing")
    READY = "ready", "edit", "violet", _("Ready to edit")
    GENERATING = "generating", SPINNER, "blue", _("Generating")
    KEEPING = "keeping", SPINNER, "blue", _("Saving")
    COMPLETED = "completed", "circle-check", "green", _("Done")
    FAILED = "failed", "circle-x", "red", _("Failed")


class DubbingQuerySet(models.QuerySet["Dubbing"]):
    """Dubbings by who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> DubbingQuerySet:
        """Dubbings of assets this person may see."""
        return self.filter(Asset.objects.visible_to(user).reached_by("asset"))


class Dubbing(models.Model):
    """One asset in one target locale. Its status follows its newest version and whether we have kept the result.

    ::

        PENDING ──▶ PREPARING ──▶ READY ◀──▶ GENERATING ──▶ KEEPING ──▶ COMPLETED
                        │           ▲            │             the provider has a result, our copy is being made
                        └──▶ FAILED ◀────────────┘           (any step may be skipped; revise goes back to READY)
    """

    Status: TypeAlias = DubbingStatus

    OPEN = [Status.PENDING, Status.PREPARING, Status.GENERATING, Status.KEEPING]
    FINAL = [Status.COMPLETED, Status.FAILED]

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="dubbings")
    locale = models.CharField(max_length=20)
    srt = models.TextField(blank=True)
    sent_settings = ObjectField(
        is_value=sent_settings.is_setting,
        help_text=_("The settings the current attempt was sent with, if the video’s own settings are different."),
    )
    remote_id = models.CharField(max_length=128, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    warning = models.CharField(max_length=40, blank=True, help_text=_("What to check in the result."))
    changed_at = models.DateTimeField(default=timezone.now)
    booked = models.BooleanField(
        default=False, db_default=False, help_text=_("Completed, and its minutes are recorded: the sweep skips it.")
    )

    objects = DubbingQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["remote_id"], name="dubbing_by_remote_id"),
            # Holds every column that coverage reads from dubbings: their rows contain long texts.
            models.Index(fields=["asset", "locale", "status", "warning"], name="dubbing_coverage"),
            models.Index(fields=["id"], condition=Q(status="completed", booked=False), name="dubbing_to_be_booked"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["asset", "locale"], name="one_dubbing_per_locale"),
            known(DubbingStatus, "known_dubbing_status"),
        ]

    def __str__(self) -> str:
        return f"{self.asset} · {self.locale}"

    def as_sent(self, asset: Asset) -> Asset:
        """``asset`` (the one of this dubbing) with the settings that this language was last sent with."""
        return sent_settings.applied(asset, self.sent_settings)


class VersionStatus(StatusChoices):
    """The status of a version at the provider, in our terms."""

    PREPARING = "preparing", SPINNER, "blue", _("Dubbing")
    READY = "ready", "edit", "violet", _("Ready to edit")
    GENERATING = "generating", SPINNER, "blue", _("Generating")
    COMPLETED = "completed", "circle-check", "green", _("Done")
    FAILED = "failed", "circle-x", "red", _("Failed")


class KeepStatus(models.TextChoices):
    """Whether a result is in our own storage; the transitions are drawn in ``Version``."""

    NONE = "none", _("Nothing to save")
    WAITING = "waiting", _("Being saved")
    KEPT = "kept", _("Saved")
    STUCK = "stuck", _("Could not be saved")
    PLACEHOLDER = "placeholder", _("Placeholder received")


class VersionQuerySet(LeasedQuerySet["Version"]):
    """Versions by who may see them and what they are waiting for."""

    def visible_to(self, user: User | AnonymousUser) -> VersionQuerySet:
        """Versions of assets this person may see."""
        return self.filter(Asset.objects.visible_to(user).reached_by("dubbing__asset"))

    def due_for_keep(self) -> VersionQuerySet:
        """Results that exist at the provider but not yet in our storage."""
        return self.free().filter(keep__in=Version.UNKEPT, next_keep_at__lte=timezone.now())

    def due_for_revise(self) -> VersionQuerySet:
        """Versions that somebody sent back to editing, which the provider does not know yet."""
        return self.free().filter(revise_asked_at__isnull=False, next_revise_at__lte=timezone.now())


class Version(Leased):
    """The provider's workable state of a dubbing. ``status`` mirrors the provider and may go back.

    ``keep``::

        NONE ──▶ WAITING ──▶ KEPT        the provider completed it ──▶ our copy is checked and stored
                   │  ▲
                   ├──▶ STUCK            many attempts, nothing usable: retried hourly, ops can step in ("keep again")
                   └──▶ PLACEHOLDER      what came is the source itself: the provider did not dub it

    The lease is the one for keeping and revising.
    """

    Status: TypeAlias = VersionStatus

    Keep: TypeAlias = KeepStatus

    UNKEPT = [Keep.WAITING, Keep.STUCK]

    dubbing = models.ForeignKey(Dubbing, on_delete=models.CASCADE, related_name="versions")
    provider = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=128)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PREPARING)
    remote_status = models.CharField(max_length=40, blank=True)
    progress = models.FloatField(null=True)
    studio_url = models.CharField(max_length=2000, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    by_hand = models.BooleanField(
        default=False,
        help_text=_("Sent back to editing, or generating failed: from now on only a person generates the final video."),
    )
    superseded = models.BooleanField(
        default=False, db_default=False, help_text=_("Belongs to an earlier attempt: the language was sent again.")
    )
    changed_at = models.DateTimeField(default=timezone.now)

    looked_at = models.DateTimeField(null=True)
    keep = models.CharField(max_length=12, choices=Keep.choices, default=Keep.NONE)
    keep_attempts = models.PositiveSmallIntegerField(default=0)
    next_keep_at = models.DateTimeField(null=True)
    keep_problem = models.TextField(blank=True)  # in English, one sentence on a line
    revise_asked_at = models.DateTimeField(null=True)
    next_revise_at = models.DateTimeField(null=True)
    revise_tries = models.PositiveSmallIntegerField(default=0)
    revise_problem = models.TextField(blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["keep", "next_keep_at"], name="version_by_keep"),
            models.Index(fields=["remote_id"], name="version_by_remote_id"),
            models.Index(
                fields=["next_revise_at"], condition=Q(revise_asked_at__isnull=False), name="version_to_be_revised"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["provider", "remote_id"], name="one_version_per_remote_version"),
            known(VersionStatus, "known_version_status"),
            known(KeepStatus, "known_keep", "keep"),
        ]

    def __str__(self) -> str:
        return f"{self.dubbing} · {self.remote_id}"


class ResultQuerySet(models.QuerySet["Result"]):
    """Results by who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> ResultQuerySet:
        """Results of assets this person may see."""
        return self.filter(Asset.objects.visible_to(user).reached_by("version__dubbing__asset"))


class C2paState(models.TextChoices):
    """Whether a file has a C2PA manifest (“Content Credentials”), and whether it fits; as in ``media.C2PA_STATES``."""

    NONE = "none", _("No manifest")
    VALID = "valid", _("Present and valid")
    INVALID = "invalid", _("Present, but does not match the file")
    UNREADABLE = "unreadable", _("Cannot be read")


class Result(models.Model):
    """A generated video in our own storage. A version that is revised and generated again gets another one."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="results")
    key = models.CharField(max_length=120, unique=True)
    sha256 = models.CharField(max_length=64)
    crc32 = models.BigIntegerField(null=True, help_text=_("For archives. Computed later for older results."))
    size = models.BigIntegerField()
    duration = models.FloatField()
    media = ObjectField()
    c2pa_state = models.CharField(
        max_length=10,
        choices=C2paState.choices,
        blank=True,
        db_default="",
        help_text=_("Of its C2PA manifest. Blank: not read yet."),
    )
    c2pa = ObjectField(
        blank=True, db_default=EMPTY_OBJECT, help_text=_("Whom the manifest names as issuer, and why it does not fit.")
    )
    warnings = ListField(is_item=is_text)
    kept_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(default=timezone.now, help_text=_("When it last matched the provider’s copy."))

    objects = ResultQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["sha256"], name="result_by_sha256"),
            models.Index(fields=["-id"], condition=Q(c2pa_state=""), name="result_without_c2pa_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["version", "sha256"], name="one_copy_of_each_result"),
            models.CheckConstraint(condition=Q(size__gt=0), name="result_has_bytes"),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.sha256[:12]}"
