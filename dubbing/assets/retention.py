"""Move finished videos to trash that nobody has used for as long as their project's policy says.

In the trash, they can be restored for another thirty days. A video is used when something happens to it that its
timeline shows: a comment, an approval, a new language, a restore.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from dubbing.assets import trash
from dubbing.models import Asset, Event, RetentionPolicy, ShareLink
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dubbing.models import Project
    from dubbing.models.assets import AssetQuerySet

log = logging.getLogger(__name__)

FINISHED = (Asset.Status.COMPLETED, Asset.Status.PARTLY_DONE, Asset.Status.FAILED, Asset.Status.REFUSED)
CAUSE = "retention"
_AT_ONCE = 200


def days_of(project_id: int) -> int | None:
    """After how many days without activity the project's videos are moved to trash; None: never."""
    return RetentionPolicy.objects.filter(project=project_id).values_list("days", flat=True).first()


def set_days(project: Project, days: int | None, user: User) -> None:
    """Change the project's policy. ``days``: from 7 to 3,650, or None to keep all videos."""
    if days is None:
        RetentionPolicy.objects.filter(project=project).delete()
        return
    RetentionPolicy.objects.update_or_create(project=project, defaults={"days": days, "changed_by": user})


def unused(project_id: int, days: int) -> AssetQuerySet:
    """The project's finished videos to which nothing happened for that many days, and which no share link shows now."""
    since = timezone.now() - timedelta(days=days)
    used = Event.objects.filter(asset=OuterRef("pk"), at__gte=since)
    finished = Asset.objects.filter(project=project_id, status__in=FINISHED, trashed_at=None)
    shared = ShareLink.objects.live().filter(version__dubbing__asset=OuterRef("pk"))
    return finished.filter(~Exists(used), ~Exists(shared), created_at__lt=since)


def apply_policies() -> int:
    """Move what every policy says to trash. Return how many videos that were.

    Videos that cannot be moved now, because something is in progress, wait for the next time.
    """
    policies = RetentionPolicy.objects.order_by("pk").values_list("project", "days")
    return sum(_apply(project, days) for project, days in policies)


def _apply(project_id: int, days: int) -> int:
    moved, last = 0, 0
    while some := list(unused(project_id, days).filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        moved += sum(_move(asset) for asset in some)
        last = some[-1].pk
    return moved


def _move(asset: Asset) -> bool:
    with transaction.atomic():
        # Somebody may have used it, and an owner may have changed the policy, since it was found.
        Asset.objects.locked(asset.pk)
        current = days_of(asset.project_id)
        if current is None or not unused(asset.project_id, current).filter(pk=asset.pk).exists():
            return False
        try:
            trash.trash(asset, None, cause=CAUSE)
        except NotPossible as reason:
            log.info("video %s stays for now: %s", asset.pk, reason)
            return False
    return True
