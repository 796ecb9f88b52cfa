"""The trash of a project: the videos that can still be restored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dubbing.assets import retention, trash
from dubbing.models import Asset, Event, Project
from dubbing.web.shared import asset_lists

PAGE = 30


@dataclass(frozen=True, slots=True)
class TrashedRow:
    """An asset in the trash, who moved it there, and until when it can be restored.

    ``is_automatic``: the project's retention policy moved it.
    """

    row: asset_lists.AssetRow
    by: str
    until: datetime
    is_automatic: bool


@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the trash, latest first. Members see it, editors can restore."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    moved = Event.objects.filter(kind=Event.Kind.TRASHED).select_related("actor").order_by("-id")
    trashed = asset_lists.prefetched(Asset.objects.in_trash(pk)).prefetch_related(
        Prefetch("events", moved, to_attr="moves_to_trash")
    )
    page = Paginator(trashed, PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "rows": [_row(row) for row in asset_lists.rows(page.object_list)],
        "page": page,
        "days": trash.KEPT_FOR.days,
        "may_edit": Project.objects.editable_by(request.user).filter(pk=pk).exists(),
    }
    return render(request, "project/trash.html", context)


def _row(row: asset_lists.AssetRow) -> TrashedRow:
    asset = row.asset
    moves: list[Event] = getattr(asset, "moves_to_trash", [])
    actor = moves[0].actor if moves else None
    since = asset.trashed_at
    assert since is not None  # it is in the trash
    is_automatic = bool(moves) and moves[0].cause == retention.CAUSE
    return TrashedRow(row, actor.get_username() if actor else "", since + trash.KEPT_FOR, is_automatic)
