"""Files that people brought: source videos and background tracks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class UploadQuerySet(models.QuerySet["Upload"]):
    """Uploads a person may use."""

    def owned_by(self, user: User | AnonymousUser) -> UploadQuerySet:
        """What this person brought."""
        return self.filter(owner_id=user.pk) if user.is_authenticated else self.none()

    def unused(self) -> UploadQuerySet:
        """Uploads that no asset refers to."""
        return self.filter(source_of=None, background_of=None)


class Upload(models.Model):
    """One file on its way in, or arrived and looked at.

    ::

        RECEIVING ──▶ COMPLETE     all bytes here, probed: usable
            │
            └───────▶ REFUSED      all bytes here, not usable: the file is gone, ``refusal`` says why
    """

    class Kind(models.TextChoices):
        VIDEO = "video", "Source video"
        BACKGROUND = "background", "Background audio"

    class Status(models.TextChoices):
        RECEIVING = "receiving", "Uploading"
        COMPLETE = "complete", "Uploaded"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVING)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    key = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    duration = models.FloatField(null=True)
    media = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    poster_key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="upload_has_bytes"),
            models.CheckConstraint(
                condition=models.Q(status__in=["receiving", "complete", "refused"]), name="known_upload_status"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=["video", "background"]), name="known_upload_kind"),
        ]

    def __str__(self) -> str:
        return self.name
