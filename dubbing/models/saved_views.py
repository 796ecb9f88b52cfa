"""Saved views: named filters of a project's videos, and the chosen row size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dubbing.models.projects import Project
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views by who may see and change them."""

    def visible_to(self, user: User | AnonymousUser) -> SavedViewQuerySet:
        """This person's own views and those shared by others, in projects they are a member of."""
        projects = Project.objects.visible_to(user).values("pk")
        return self.filter(Q(owner_id=user.pk) | Q(shared=True), project__in=projects)

    def editable_by(self, user: User | AnonymousUser) -> SavedViewQuerySet:
        """This person's own views, and shared ones in projects they own."""
        mine = Q(owner_id=user.pk) | Q(shared=True, project__in=Project.objects.owned_by(user).values("pk"))
        return self.visible_to(user).filter(mine)


class SavedView(models.Model):
    """Named filters for a project's videos. Belongs to one person, who may share it with all members."""

    LONGEST_QUERY = 500

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(
        max_length=LONGEST_QUERY, blank=True, help_text=_("The filters, as in the page’s address.")
    )
    shared = models.BooleanField(default=False, help_text=_("Visible to all members of the project."))

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "owner", "name"], name="one_saved_view_per_name"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class RowHeight(models.TextChoices):
    """Height of the rows in a list."""

    AUTO = "auto", _("One line per video from 20 videos on")
    DENSE = "dense", _("One line per video")
    ROOMY = "roomy", _("Larger rows")


class ListChoice(models.Model):
    """How lists look for one person."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_choice")
    rows = models.CharField(max_length=5, choices=RowHeight.choices, default=RowHeight.AUTO)

    class Meta:
        constraints = [known(RowHeight, "known_row_height", "rows")]

    def __str__(self) -> str:
        return f"{self.user} · {self.rows}"
