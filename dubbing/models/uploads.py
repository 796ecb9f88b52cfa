"""Uploaded files: source videos and background tracks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.json_fields import ObjectField
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class UploadStatus(models.TextChoices):
    """Status of an upload; the transitions are drawn in ``Upload``."""

    RECEIVING = "receiving", _("Uploading")
    ARRIVED = "arrived", _("Being checked")
    COMPLETE = "complete", _("Uploaded")
    REFUSED = "refused", _("Refused")


class UploadKind(models.TextChoices):
    """What a file is for."""

    VIDEO = "video", _("Source video")
    BACKGROUND = "background", _("Background audio")


class PreviewStatus(models.TextChoices):
    """Whether a video has what the page needs to show it."""

    NONE = "none", _("Not needed yet")
    WAITING = "waiting", _("Being created")
    READY = "ready", _("Created")
    FAILED = "failed", _("Could not be created")


class UploadQuerySet(LeasedQuerySet["Upload"]):
    """Uploads by who may use them and what they are waiting for."""

    def owned_by(self, user: User | AnonymousUser) -> UploadQuerySet:
        """Files that this person uploaded."""
        return self.filter(owner_id=user.pk) if user.is_authenticated else self.none()

    def unused(self) -> UploadQuerySet:
        """Uploads that no asset refers to."""
        return self.filter(source_of=None, background_of=None, background_of_submissions=None)

    def due_for_examination(self) -> UploadQuerySet:
        """Uploads that arrived and have not been verified yet."""
        return self.free().filter(status=Upload.Status.ARRIVED, next_at__lte=timezone.now())

    def due_for_preview(self) -> UploadQuerySet:
        """Usable videos that still lack a waveform, or a copy that browsers can play."""
        waiting = Q(status=Upload.Status.COMPLETE, preview=Upload.Preview.WAITING)
        return self.free().filter(waiting, next_at__lte=timezone.now())


class Upload(Leased):
    """One file that is coming in, or has arrived and was verified.

    ::

        RECEIVING ──▶ ARRIVED ──▶ COMPLETE     hashed and probed: usable
                         │
                         └──────▶ REFUSED      not usable: the file is gone, ``refusal`` says why

    While RECEIVING, the offset is the size of the file under ``key`` on disk and is stored nowhere else. If a browser
    sends the file to a bucket, the parts that are there are known to the bucket alone.
    ``preview`` is what the page needs to show a usable video: a waveform, and a copy if browsers cannot play it.
    The lease is the one for verifying and for making the preview.
    """

    Kind: TypeAlias = UploadKind

    Status: TypeAlias = UploadStatus

    Preview: TypeAlias = PreviewStatus

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVING)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    key = models.CharField(max_length=120, blank=True)
    multipart_id = models.CharField(
        max_length=1024,
        blank=True,
        default="",
        db_default="",
        help_text=_("The bucket’s name for the parts that a browser sends there."),
    )
    announced_sha256 = models.CharField(
        max_length=64, blank=True, help_text=_("The SHA-256 stated by the sender, in hex.")
    )
    sha256 = models.CharField(
        max_length=64, blank=True, db_index=True, help_text=_("The SHA-256 of the received file, in hex.")
    )
    duration = models.FloatField(null=True, help_text=_("Seconds, as we measured."))
    media = ObjectField()
    refusal = ObjectField()
    poster_key = models.CharField(max_length=120, blank=True)
    peaks_key = models.CharField(max_length=120, blank=True)
    proxy_key = models.CharField(
        max_length=120, blank=True, help_text=_("A copy that browsers can play. It is never sent for dubbing.")
    )
    preview = models.CharField(max_length=10, choices=Preview.choices, default=Preview.NONE)
    verification = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=_("The version of our check that last verified it.")
    )
    next_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, help_text=_("When an unfinished upload is removed."))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["status", "next_at"], name="upload_by_due"),
            models.Index(fields=["owner", "-created_at"], name="upload_by_owner"),
            models.Index(fields=["preview", "status", "next_at"], name="upload_by_preview"),
            models.Index(fields=["key"], name="upload_by_key"),
            models.Index(fields=["status", "verification"], name="upload_by_verification"),
            models.Index(fields=["name"], name="upload_by_name_exactly"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="upload_has_bytes"),
            known(UploadStatus, "known_upload_status"),
            known(UploadKind, "known_upload_kind", "kind"),
            known(PreviewStatus, "known_upload_preview", "preview"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shown(self) -> bool:
        """Whether browsers can play it, or have a copy they can play."""
        # Older rows lack this value; most of their videos are ones that browsers play.
        old = "playable" not in self.media and self.media.get("video_codec") == "h264"
        return bool(self.proxy_key or self.media.get("playable") or old)
