"""Ledger entries and monthly sums: minutes reserved, used and released."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.events import AppendOnly
from dubbing.models.projects import Project
from dubbing.models.submissions import Submission


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    """Entries can be added and read."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: entries cannot be rewritten."""
        raise AppendOnly("the ledger is append-only")

    def delete(self) -> NoReturn:
        """Refuse: entries cannot be removed."""
        raise AppendOnly("the ledger is append-only")

    def open_reservations(self) -> LedgerQuerySet:
        """Reservations that no entry closes."""
        return self.filter(kind=LedgerEntry.Kind.RESERVE, closed=False, closed_by=None)

    def note_closed(self, *, at_once: int = 10_000) -> None:
        """Mark those of these reservations that an entry closes: open reservations are found by that mark."""
        closed = self.filter(kind=LedgerEntry.Kind.RESERVE, closed=False, closed_by__isnull=False).order_by("id")
        while some := list(closed.values_list("pk", flat=True)[:at_once]):
            models.QuerySet.update(self.filter(pk__in=some), closed=True)


class LedgerEntry(models.Model):
    """One entry. ``milliseconds`` are weighted and signed: what it adds to the month's use.

    ::

        RESERVE +planned ──▶ SETTLE  actual - planned    dubbed: what was reserved becomes what was used
                        └──▶ RELEASE -planned            failed, refused or never sent

    A closing entry names the one it closes; a reservation is closed once.
    """

    class Kind(models.TextChoices):
        RESERVE = "reserve", _("Reserved")
        SETTLE = "settle", _("Used")
        RELEASE = "release", _("Released")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="ledger")
    month = models.DateField(help_text=_("The first day of the month it counts toward."))
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="ledger")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="ledger")
    locale = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    milliseconds = models.BigIntegerField()
    closed = models.BooleanField(
        default=False, db_default=False, help_text=_("For a reservation: another entry closes it.")
    )
    closes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="closed_by")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("ledger entries")
        indexes = [
            models.Index(fields=["project", "month", "-id"], name="ledger_by_month"),
            models.Index(fields=["asset", "locale"], name="ledger_by_asset"),
            models.Index(fields=["id"], condition=Q(kind="reserve", closed=False), name="ledger_reserved"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["reserve", "settle", "release"]), name="known_ledger_kind"),
            models.CheckConstraint(
                condition=Q(kind="reserve", closes=None) | (~Q(kind="reserve") & Q(closes__isnull=False)),
                name="only_a_closing_line_closes",
            ),
            models.UniqueConstraint(fields=["closes"], name="a_reservation_is_closed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.milliseconds / 60_000:.1f} min · {self.asset} · {self.locale}"


class MonthlyUse(models.Model):
    """What a project has reserved and used in one month. The conditional update of this row is the only gate."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="monthly_use")
    month = models.DateField()
    milliseconds = models.BigIntegerField(default=0, help_text=_("The sum of the month’s ledger entries."))

    class Meta:
        ordering = ["-month"]
        verbose_name_plural = _("monthly use")
        constraints = [
            models.UniqueConstraint(fields=["project", "month"], name="one_sum_per_month"),
            models.CheckConstraint(condition=Q(milliseconds__gte=0), name="use_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.month:%Y-%m}"


class MonthlyTotal(models.Model):
    """What all projects together have reserved and used in one month: the gate of the organisation."""

    month = models.DateField(unique=True)
    milliseconds = models.BigIntegerField(
        default=0, help_text=_("The sum of the month’s ledger entries across all projects.")
    )

    class Meta:
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
