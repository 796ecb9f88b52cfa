"""Tags: words that the people of a project sort its assets by."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from dubbing.models.projects import Project


class Tag(models.Model):
    """One word of one project, whatever its capitals."""

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
