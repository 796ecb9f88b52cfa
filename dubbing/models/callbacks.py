"""Raw deliveries from a provider."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dubbing.models.submissions import Submission


class Callback(models.Model):
    """One verified body a provider sent to a submission's address. A hint: it only ever causes a look."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="callbacks")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    event = models.CharField(max_length=40, blank=True)
    remote_asset_id = models.CharField(max_length=128, blank=True)
    remote_version_id = models.CharField(max_length=128, blank=True)
    count = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(auto_now_add=True)
    last_received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["submission", "processed_at"], name="callback_by_processed")]
        constraints = [
            models.UniqueConstraint(fields=["submission", "sha256"], name="one_row_per_body"),
            models.CheckConstraint(condition=Q(count__gte=1), name="delivered_at_least_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event or 'unknown'} · {self.received_at:%Y-%m-%d %H:%M:%S}"
