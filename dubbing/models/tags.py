"""Tags: labels for the assets of a project."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from dubbing.models.projects import Project


class Tag(models.Model):
    """A label in one project; case does not matter."""

    LONGEST = 40

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=LONGEST)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("project", Lower("name"), name="one_tag_of_each_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="tag_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
