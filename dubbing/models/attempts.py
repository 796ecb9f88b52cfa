"""Counted attempts: what all rate limits are based on, shared by all processes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Attempt(models.Model):
    """One row per kind of attempt and per person or address."""

    what = models.CharField(max_length=40)
    who = models.CharField(max_length=254, help_text=_("An IP address, a user or an email address."))
    begun_at = models.DateTimeField(db_index=True, help_text=_("When the first counted attempt was made."))
    count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-begun_at", "-count"]
        constraints = [models.UniqueConstraint(fields=["what", "who"], name="one_count_each")]

    def __str__(self) -> str:
        return f"{self.what} · {self.who}"
