"""Batches: several files with shared settings, or a manifest. Each row has its own outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.json_fields import ListField, ObjectField
from dubbing.models.projects import Project
from dubbing.models.statuses import StatusChoices, known
from dubbing.models.uploads import Upload

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class BatchQuerySet(models.QuerySet["Batch"]):
    """Batches a person may see."""

    def owned_by(self, user: User | AnonymousUser) -> BatchQuerySet:
        """Batches this person created, in projects they may still add assets to."""
        projects = Project.objects.editable_by(user).values("pk")
        return self.filter(created_by_id=user.pk, project__in=projects) if user.is_authenticated else self.none()


class Batch(models.Model):
    """Rows that are sent together. ``shared`` holds the settings of all rows, under the new-asset form's names."""

    class Kind(models.TextChoices):
        FILES = "files", _("Several files")
        MANIFEST = "manifest", _("Manifest")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="batches")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FILES)
    name = models.CharField(max_length=120, blank=True)
    shared = ObjectField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("batches")

    def __str__(self) -> str:
        return self.name or gettext("Batch %(number)s") % {"number": self.pk}


class BatchRowStatus(StatusChoices):
    """Status of a row; the transitions are drawn in ``BatchRow``."""

    PROBLEM = "problem", "alert-triangle", "amber", _("Needs fixing")
    GOOD = "good", "circle-check", "green", _("Ready to send")
    SENT = "sent", "send", "blue", _("Sent")
    REFUSED = "refused", "ban", "red", _("Not sent")


def _is_problem(item: object) -> bool:
    return isinstance(item, list) and [*map(type, item)] == [str, str]


class BatchRow(models.Model):
    """One row: its values, the draft created from it, and the outcome.

    ::

        PROBLEM ◀──▶ GOOD ──▶ SENT        checked again whenever something changes
                      └─────▶ REFUSED     not sent: ``problems`` say why; part of "the remainder"

    The result of the checks is stored, so that a page of rows runs none. ``stale`` asks for them to be run again.
    """

    Status: TypeAlias = BatchRowStatus

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text=_("Counted from 1, in the order of the files or of the manifest."))
    asset = models.OneToOneField(Asset, on_delete=models.SET_NULL, null=True, related_name="batch_row")
    given = ObjectField(help_text=_("The original row: column name to text."))
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROBLEM)
    problems = ListField(is_item=_is_problem, db_column="words", help_text=_("A list of problems: [field, message]."))
    milliseconds = models.BigIntegerField(default=0, help_text=_("The cost, weighted."))
    checks = models.PositiveIntegerField(default=0, db_default=0, help_text=_("How many times the row was checked."))
    stale = models.BooleanField(default=True, help_text=_("The row changed since it was last checked."))
    waits_for = models.ForeignKey(
        Upload,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text=_("The video that is still uploading."),
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="one_row_per_number"),
            known(BatchRowStatus, "known_batch_row_status"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} · {self.number}"
