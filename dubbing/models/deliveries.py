"""Deliveries: results handed over together, their file names, accompanying files, and who downloaded them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.dubbings import Result
from dubbing.models.json_fields import EMPTY_OBJECT, ObjectField
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.projects import Membership, Project
from dubbing.models.statuses import SPINNER, StatusChoices, known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class DeliveryPolicy(models.Model):
    """How a project delivers. A project without a row has the default values."""

    DEFAULT_PATTERN = "{project}_{asset}_{locale}_{version}.{ext}"

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="delivery_policy")
    pattern = models.CharField(max_length=200, default=DEFAULT_PATTERN)

    class Meta:
        verbose_name_plural = _("delivery policies")

    def __str__(self) -> str:
        return gettext("Delivery policy of %(project)s") % {"project": self.project}


class LabelPolicy(models.Model):
    """Why files that the portal puts together do not say that they are AI-dubbed.

    A project without a row labels them.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="label_policy")
    reason = models.CharField(max_length=500)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    role = models.CharField(
        max_length=10, choices=Membership.Role.choices, help_text=_("The role of that person at the time.")
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("AI label policy")
        verbose_name_plural = _("AI label policies")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="label_left_out_for_a_reason")]

    def __str__(self) -> str:
        return gettext("AI label policy of %(project)s") % {"project": self.project}


class DeliveryStatus(StatusChoices):
    """Status of a delivery; the transitions are drawn in ``Delivery``."""

    PREPARING = "preparing", SPINNER, "blue", _("Preparing")
    READY = "ready", "circle-check", "green", _("Ready")
    FAILED = "failed", "circle-x", "red", _("Failed")
    EXPIRED = "expired", "history", "grey", _("Expired")


class DeliveryQuerySet(LeasedQuerySet["Delivery"]):
    """Deliveries by who may see them and what they are waiting for."""

    def visible_to(self, user: User | AnonymousUser) -> DeliveryQuerySet:
        """Deliveries of this person's projects."""
        return self.filter(project__in=Project.objects.visible_to(user).values("pk"))

    def due(self) -> DeliveryQuerySet:
        """Deliveries to prepare now."""
        return self.free().filter(status=Delivery.Status.PREPARING, next_at__lte=timezone.now())

    def expired(self) -> DeliveryQuerySet:
        """Deliveries whose time is over and whose files still exist."""
        return self.exclude(status=Delivery.Status.EXPIRED).filter(expires_at__lte=timezone.now())


class Delivery(Leased):
    """A frozen list of files. Its results are the project's own copies; accompanying files are written once.

    ::

        PREPARING ──▶ READY ──▶ EXPIRED       a day later, or when somebody deletes it: the list stays, files go
            └───────▶ FAILED ──▶ EXPIRED      a file is gone or damaged, or the disk is full

    The lease is the one for preparing.
    """

    Status: TypeAlias = DeliveryStatus

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="deliveries")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    recipients = models.CharField(max_length=500, blank=True, help_text=_("Who it is for."))
    pattern = models.CharField(max_length=200)
    wanted = ObjectField(help_text=_("What goes beside the results."))
    label_left_out = ObjectField(
        blank=True,
        db_default=EMPTY_OBJECT,
        help_text=_("Who had the AI label left out, in which role, when and why. Empty: it is in the files."),
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PREPARING)
    problem = ObjectField(help_text=_("Why it failed: a code, and the name of a file."))
    done = models.PositiveIntegerField(default=0, help_text=_("How many of its large files are prepared."))
    size = models.BigIntegerField(default=0, help_text=_("Bytes of all files together."))
    texts_key = models.CharField(max_length=120, blank=True, help_text=_("The file with all texts of it."))
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["project", "-id"], name="delivery_by_project"),
            models.Index(fields=["next_at"], condition=Q(status="preparing"), name="delivery_to_be_prepared"),
            models.Index(fields=["expires_at"], condition=~Q(status="expired"), name="delivery_by_end"),
        ]
        constraints = [known(DeliveryStatus, "known_delivery_status")]

    def __str__(self) -> str:
        return gettext("Delivery %(number)s") % {"number": self.pk}

    @property
    def is_over(self) -> bool:
        """Whether its time is over, whether or not its files were deleted yet."""
        return self.status == Delivery.Status.EXPIRED or self.expires_at <= timezone.now()

    def may_be_taken_by(self, user: User | AnonymousUser) -> bool:
        """Whether this person still sees every video in it: nobody gets one that was moved or deleted."""
        wanted = self.entries.exclude(asset=None).aggregate(count=Count("asset", distinct=True))["count"]
        inside = self.entries.exclude(asset=None).values("asset")
        seen = Asset.objects.visible_to(user).filter(project=self.project_id, pk__in=inside).count()
        return bool(seen == wanted)


class EntryKind(models.TextChoices):
    """What a file of a delivery is."""

    RESULT = "result", _("Final video")
    SUBTITLES = "subtitles", _("Subtitles")
    AUDIO = "audio", _("Audio")
    MULTITRACK = "multitrack", _("Video with all languages")
    PASSPORT = "passport", _("Passport")
    MANIFEST = "manifest", _("List of files")


class DeliveryEntry(models.Model):
    """One file. ``key``, ``offset`` and ``size``: where its bytes are in our storage once it is prepared."""

    Kind: TypeAlias = EntryKind

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=255)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, null=True, related_name="+")
    result = models.ForeignKey(Result, on_delete=models.SET_NULL, null=True, related_name="delivered")
    locale = models.CharField(max_length=20, blank=True)
    version = models.PositiveSmallIntegerField(default=0)
    approved = models.BooleanField(default=False, help_text=_("It was approved when it was delivered."))
    languages = ObjectField(help_text=_("Of a video with all languages: each language, and why it is left out."))
    key = models.CharField(max_length=120, blank=True)
    offset = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    crc32 = models.BigIntegerField(null=True)
    passport = ObjectField(
        help_text=_("For a passport: all of it, because its file is deleted when the delivery ends.")
    )

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["key"], name="delivery_entry_by_key")]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "position"], name="one_entry_per_position"),
            models.UniqueConstraint(fields=["delivery", "name"], name="one_entry_per_name"),
            known(EntryKind, "known_entry_kind", "kind"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def languages_included(self) -> list[str]:
        """The languages of the dubs in a video with all languages."""
        return [locale for locale, why_not in self.languages.items() if not why_not]


class DeliveryDownload(models.Model):
    """A download of the archive or of one file. ``resumed``: how often it was resumed."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="downloads")
    entry = models.ForeignKey(DeliveryEntry, on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    resumed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.delivery_id} · {self.at:%Y-%m-%d %H:%M:%S}"
