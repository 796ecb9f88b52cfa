"""Move an asset to another project. Minutes it used stay with the project that paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext

from dubbing.assets import details, obstacles
from dubbing.models import Asset, Event, Project, Review, text_search
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def targets(asset: Asset, user: User) -> QuerySet[Project]:
    """Return the projects to which this person may move the asset."""
    return Project.objects.editable_by(user).exclude(pk=asset.project_id)


def move_asset(asset: Asset, project: Project, user: User) -> None:
    """Move the asset and its tags to this project. Raises NotPossible while it is being sent.

    The policy of the new project applies to what is sent from now on, not to what was sent before.
    """
    with transaction.atomic():
        locked = Asset.objects.locked(asset.pk)
        before = locked.project
        if before.pk == project.pk:
            return
        if reason := obstacles.to_move(locked):
            raise NotPossible(reason)
        mine = Project.objects.editable_by(user).filter(pk__in=[before.pk, project.pk])
        if mine.count() != 2:
            message = gettext("You are no longer an editor of “%(project)s”.")
            raise NotPossible(message % {"project": formatting.isolated(project.name)})
        tags = list(locked.tags.all())
        locked.project = project
        locked.save(update_fields=["project"])
        Review.objects.follow(locked)
        text_search.refresh(locked.pk)
        locked.tags.set([details.find_tag(project.pk, tag.name) for tag in tags])
        details.forget_unused([tag.pk for tag in tags])
        Event.objects.record(
            locked, Event.Kind.MOVED, actor=user, cause="person", from_project=before.pk, to_project=project.pk
        )
