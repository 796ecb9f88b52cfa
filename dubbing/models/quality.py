"""What automatic checks found in a result, and from where on a project wants to hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.dubbings import Result
from dubbing.models.json_fields import ListField, ObjectField
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.projects import Project
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class QualityStatus(models.TextChoices):
    """Whether a result was checked; the moves are drawn at ``QualityReport``."""

    WAITING = "waiting", _("Waiting to be checked")
    CHECKED = "checked", _("Checked")
    FAILED = "failed", _("Could not be checked")


class QualitySeverity(models.TextChoices):
    """The worst that was found."""

    NONE = "", _("Nothing found")
    LOOK = "look", _("Check")
    STRONG = "strong", _("Probably wrong")
    BLOCK = "block", _("Wrong")


class QualityReportQuerySet(LeasedQuerySet["QualityReport"]):
    """Reports by who may see them and by what they wait for."""

    def visible_to(self, user: User | AnonymousUser) -> QualityReportQuerySet:
        """Reports of results this person may see."""
        return self.filter(result__in=Result.objects.visible_to(user).values("pk"))

    def due(self) -> QualityReportQuerySet:
        """Results that were not checked yet, and may be now."""
        return self.free().filter(status=QualityReport.Status.WAITING, next_at__lte=timezone.now())

    def ask(self, result: Result) -> None:
        """Have a result checked that was not asked for before."""
        self.get_or_create(result=result)

    def ask_again(self, pk: int) -> bool:
        """Have it checked once more; False while it waits for that anyway."""
        anew = {"status": QualityReport.Status.WAITING, "next_at": timezone.now(), "tries": 0}
        return bool(self.filter(pk=pk).exclude(status=QualityReport.Status.WAITING).update(**anew))


class QualityReport(Leased):
    """The automatic checks of one result. What was found stays on show while it is checked once more.

    ::

        WAITING ──▶ CHECKED        measured and judged
           ▲ └────▶ FAILED         tried several times: it cannot be read, or takes too long
           └──────── (either)      a person asks for it once more

    Findings are codes and figures, worded for each reader. The lease is the one for checking.
    """

    Status: TypeAlias = QualityStatus

    Severity: TypeAlias = QualitySeverity

    result = models.OneToOneField(Result, on_delete=models.CASCADE, related_name="quality")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    measurements = ObjectField()
    findings = ListField()
    not_measurable = ListField()
    thresholds = ObjectField(help_text="Those that it was held against.")
    worst = models.CharField(max_length=10, choices=Severity.choices, blank=True, default=Severity.NONE)
    count = models.PositiveSmallIntegerField(default=0, help_text="How many findings there are.")
    checked_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)

    objects = QualityReportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["status", "next_at"], name="quality_report_by_due")]
        constraints = [
            known(QualityStatus, "known_quality_status"),
            known(QualitySeverity, "known_quality_severity", "worst"),
        ]

    def __str__(self) -> str:
        return f"{self.result} · {self.get_status_display()}"


class ProjectThresholds(models.Model):
    """From where on a project wants to hear of it. What a project did not change is not in ``figures``."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="thresholds")
    figures = ObjectField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = _("project thresholds")

    def __str__(self) -> str:
        return str(self.project)
