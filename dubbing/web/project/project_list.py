"""A person's projects with counts, read along indexes and only up to the numbers shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Subquery
from django.utils import timezone

from dubbing.minutes import ledger
from dubbing.models import Asset, Membership, Project
from dubbing.models.subqueries import CappedCount
from dubbing.platform import formatting

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COUNTED = 1000
_SENT = [status for status in Asset.Status if status != Asset.Status.DRAFT]
_RUNNING = [Asset.Status.SUBMITTING, Asset.Status.HELD, Asset.Status.UNCONFIRMED, Asset.Status.DUBBING]
_FAILED = [Asset.Status.FAILED, Asset.Status.PARTLY_DONE, Asset.Status.REFUSED]


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project. ``left``: milliseconds left of its month, None without a limit."""

    project: Any
    left: int | None

    @property
    def figures(self) -> dict[str, str]:
        """The number of videos in each status group: "12", or "1000+" if counting stopped there."""
        return {
            name: formatting.capped(getattr(self.project, name), COUNTED)
            for name in ("videos", "running", "failed", "late")
        }


@dataclass(frozen=True, slots=True)
class ProjectList:
    """The page."""

    rows: list[ProjectRow]

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        return [
            (row.project.pk, row.project.name, row.project.role, row.project.member_count, row.figures, row.left)
            for row in self.rows
        ]


def build(user: User) -> ProjectList:
    """All projects of this person, in a fixed number of queries."""
    mine = Membership.objects.filter(project=OuterRef("pk"), user=user).values("role")
    assets = Asset.objects.listed().filter(project=OuterRef("pk")).order_by()
    drafts = assets.filter(created_by=user, status=Asset.Status.DRAFT)
    projects = list(
        Project.objects.visible_to(user)
        .annotate(role=Subquery(mine[:1]), member_count=Count("memberships"))
        .annotate(
            sent=CappedCount(assets.filter(status__in=_SENT), COUNTED),
            drafts=CappedCount(drafts, COUNTED),
            running=CappedCount(assets.filter(status__in=_RUNNING), COUNTED),
            failed=CappedCount(assets.filter(status__in=_FAILED), COUNTED),
            late=CappedCount(assets.filter(status__in=Asset.OPEN, late_at__lt=timezone.now()), COUNTED),
        )
    )
    for project in projects:
        project.videos = project.sent + project.drafts  # type: ignore[attr-defined]
    balances = ledger.balances(projects)
    return ProjectList([ProjectRow(project, balances[project.pk].left) for project in projects])
