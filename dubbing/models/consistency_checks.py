"""Consistency checks: once a day, what was lost, duplicated or forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ConsistencyCheck(models.Model):
    """One check of all requests and of every provider’s list of videos."""

    KEPT = timedelta(days=90)

    checked_at = models.DateTimeField(default=timezone.now)
    violations = models.PositiveIntegerField(help_text=_("Findings that are certainly wrong."))
    doubts = models.PositiveIntegerField(
        help_text=_("Videos that may be another portal’s, and lists that were not read.")
    )
    findings = models.TextField(blank=True, help_text=_("The first findings, one per line."))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("consistency check")
        verbose_name_plural = _("consistency checks")

    def __str__(self) -> str:
        return f"{self.checked_at:%Y-%m-%d %H:%M}"
