"""How long a project keeps videos that nobody uses."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models.projects import Project

LEAST_DAYS, MOST_DAYS = 7, 3650


class RetentionPolicy(models.Model):
    """After how many days without an event a finished video is moved to trash. A project without a row keeps all."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="retention_policy")
    days = models.PositiveSmallIntegerField(help_text=_("Days without activity before a video is moved to trash."))
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("retention policy")
        verbose_name_plural = _("retention policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=LEAST_DAYS, days__lte=MOST_DAYS), name="retention_within_limits"
            )
        ]

    def __str__(self) -> str:
        return gettext("Retention policy of %(project)s") % {"project": self.project}
