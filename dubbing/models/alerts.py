"""Alerts: health lines with a problem, from when it was noticed until it was gone."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.platform import health_messages

OF_PROVIDER = "provider:"


def line_name(key: str) -> str:
    """What a health line is called."""
    if key.startswith(OF_PROVIDER):
        return providers.label(key.removeprefix(OF_PROVIDER))
    return health_messages.name_of(key)


class AlertQuerySet(models.QuerySet["Alert"]):
    """Alerts by whether they are over."""

    def open(self) -> AlertQuerySet:
        """Alerts whose problem is not gone."""
        return self.filter(cleared_at=None)


class Alert(models.Model):
    """A problem of one health line.

    ::

        noticed ──▶ announced ──▶ cleared     still there a minute later; not there for three minutes
           └──▶ (deleted)                     gone before it was announced: nobody needs to know
    """

    CALM = timedelta(minutes=3)

    line = models.CharField(max_length=60)
    problem = models.CharField(max_length=40)
    figure = models.CharField(max_length=300, blank=True, help_text=_("What was measured last."))
    noticed_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text=_("When the problem was last there."))
    announced_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True, help_text=_("When the webhook was called about it."))
    clearing_posted_at = models.DateTimeField(null=True, help_text=_("When the webhook was told that it is over."))

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(cleared_at=None), name="one_open_alert_per_line")
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(announced_at__isnull=False)
                & (Q(posted_at=None) | Q(cleared_at__isnull=False, clearing_posted_at=None)),
                name="alert_to_be_posted",
            )
        ]

    def __str__(self) -> str:
        return line_name(self.line)
