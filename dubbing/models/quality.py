"""Reports of automatic checks, and a project's thresholds for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.dubbings import Result
from dubbing.models.json_fields import ListField, ObjectField
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.projects import Project
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class QualityStatus(models.TextChoices):
    """Whether a result was checked; the transitions are drawn in ``QualityReport``."""

    WAITING = "waiting", _("Waiting to be checked")
    CHECKED = "checked", _("Checked")
    FAILED = "failed", _("Could not be checked")


class QualitySeverity(models.TextChoices):
    """The highest severity among the findings."""

    NONE = "", _("Nothing found")
    LOOK = "look", _("Check")
    STRONG = "strong", _("Probably wrong")
    BLOCK = "block", _("Wrong")


class QualityReportQuerySet(LeasedQuerySet["QualityReport"]):
    """Reports by who may see them and what they are waiting for."""

    def visible_to(self, user: User | AnonymousUser) -> QualityReportQuerySet:
        """Reports of results this person may see."""
        return self.filter(Asset.objects.visible_to(user).reached_by("result__version__dubbing__asset"))

    def due(self) -> QualityReportQuerySet:
        """Reports that are waiting for their check and may be checked now."""
        return self.free().filter(status=QualityReport.Status.WAITING, next_at__lte=timezone.now())

    def ask(self, result: Result) -> None:
        """Request the checks of a result, unless they were requested before."""
        self.get_or_create(result=result)

    def ask_again(self, pk: int) -> bool:
        """Request the checks again. Return False if they are waiting to run anyway."""
        anew = {"status": QualityReport.Status.WAITING, "next_at": timezone.now(), "tries": 0}
        return bool(self.filter(pk=pk).exclude(status=QualityReport.Status.WAITING).update(**anew))


class QualityReport(Leased):
    """The automatic checks of one result. The findings stay visible while it is checked again.

    ::

        WAITING ──▶ CHECKED        measured and judged
           ▲ └────▶ FAILED         tried several times: it cannot be read, or takes too long
           └──────── (either)      a person requests the checks again

    Findings are codes and numbers, worded for each reader. The lease is the one for checking.
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
    """The limits from which a project wants findings reported. ``figures`` holds only what the project changed."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="thresholds")
    figures = ObjectField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = _("project thresholds")

    def __str__(self) -> str:
        return str(self.project)
