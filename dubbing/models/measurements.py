"""What all processes have measured and counted together, for metrics."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _


class Measurement(models.Model):
    """How often something took a time within one range, and the seconds together. Only ever grows."""

    name = models.CharField(max_length=40)
    subject = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    limit_ms = models.PositiveIntegerField(help_text=_("The upper limit of the range; 0: there is none."))
    count = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0.0)

    class Meta:
        ordering = ["name", "subject", "outcome", "limit_ms"]
        constraints = [
            models.UniqueConstraint(fields=["name", "subject", "outcome", "limit_ms"], name="one_row_per_range")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject} {self.outcome} {self.limit_ms}"


class TallyQuerySet(models.QuerySet["Tally"]):
    """Totals."""

    def add(self, name: str, label: str, amount: int) -> None:
        """Add to a total. Call with the cursor of its table locked."""
        if not self.filter(name=name, label=label).update(value=F("value") + amount):
            self.create(name=name, label=label, value=amount)


class Tally(models.Model):
    """A total over a table of which rows are only added, kept up to date little by little.

    The row without a label is the cursor: the last id that was counted.
    """

    name = models.CharField(max_length=40)
    label = models.CharField(max_length=40, blank=True)
    value = models.BigIntegerField(default=0)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("tallies")
        ordering = ["name", "label"]
        constraints = [models.UniqueConstraint(fields=["name", "label"], name="one_total_per_label")]

    def __str__(self) -> str:
        return f"{self.name} {self.label}: {self.value}"
