"""Everybody's first page."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dubbing.models import Asset, Project
from dubbing.models.assets import AssetQuerySet
from dubbing.pages import lists

SHOWN = 15
NEEDS_SOMEBODY = [Asset.Status.REFUSED, Asset.Status.FAILED, Asset.Status.PARTLY_DONE, Asset.Status.READY]
RUNNING = [Asset.Status.SUBMITTING, Asset.Status.HELD, Asset.Status.UNCONFIRMED, Asset.Status.DUBBING]
# What nobody cared about for that long is history, not work.
FOR_DAYS = 30


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What needs me, what runs, what is done lately, and what I have not sent yet."""
    visible = Asset.objects.visible_to(request.user)
    mine = visible.filter(created_by_id=request.user.pk)
    lately = timezone.now() - timedelta(days=FOR_DAYS)
    needing = mine.filter(status__in=NEEDS_SOMEBODY, submitted_at__gte=lately, copies=None)
    waiting = visible.filter(status=Asset.Status.AWAITING)
    owned = Project.objects.owned_by(request.user).values("pk")
    sections = [
        ("needs", "Needs you", _shown(needing)),
        ("approve", "To approve", _shown(waiting.filter(project__in=owned))),
        ("waiting", "Waits for approval", _shown(waiting.exclude(project__in=owned))),
        ("running", "Running", _shown(visible.filter(status__in=RUNNING))),
        ("done", "Done lately", _shown(visible.filter(status=Asset.Status.COMPLETED), 8)),
        ("drafts", "Your drafts", _shown(mine.filter(status=Asset.Status.DRAFT), 8)),
    ]
    context = {"sections": sections, "anything": any(rows for _, _, rows in sections), "project": _usual(request)}
    return render(request, "dubbing/work_index.html", context)


def _usual(request: HttpRequest) -> Project | None:
    """Where this person brought something last, else the newest project they may bring something to."""
    projects = Project.objects.editable_by(request.user)
    last = Asset.objects.editable_by(request.user).filter(created_by_id=request.user.pk).order_by("-id")
    return projects.filter(pk__in=last.values("project_id")[:1]).first() or projects.order_by("-id").first()


def _shown(assets: AssetQuerySet, limit: int = SHOWN) -> list[lists.Row]:
    return lists.rows(lists.prefetched(assets)[:limit])
