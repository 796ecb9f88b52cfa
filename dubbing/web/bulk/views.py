"""Bulk actions: started at once, continued in the background, and reported video by video."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from dubbing import tasks
from dubbing.assets import bulk
from dubbing.models import BulkAction, Project
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.web.bulk import page
from dubbing.web.shared import bulk_forms
from dubbing.web.shared.live_lists import LiveList
from dubbing.web.shared.users import signed_in

AT_ONCE_SECONDS = 0.7
"""Seconds of work before the page with the outcome is shown; the rest continues in the background."""


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start the action that a page asked about. Each video is looked up again with this person's permissions."""
    user, given = signed_in(request), request.POST
    project_id = numbers.whole(given.get("project"))
    project = get_object_or_404(Project.objects.visible_to(user), pk=project_id) if project_id else None
    query = given.get("query", "")[:500]
    try:
        action = bulk.start(
            given.get("do", ""),
            bulk_forms.read_ids(given.get("ids", "")),
            user,
            project=project,
            tag=given.get("tag", ""),
            target=Project.objects.editable_by(user).filter(pk=numbers.whole(given.get("target")) or 0).first(),
            query=query,
        )
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect(bulk_forms.list_address(project, query))
    return _begin(action)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the progress, and the outcome for each video. ``?part=``: the part that the page polls."""
    action = get_object_or_404(BulkAction.objects.visible_to(request.user).select_related("project", "target"), pk=pk)
    number = numbers.whole(request.GET.get("page")) or 1
    live_list = LiveList(request, ("bulk", pk, number), lambda: page.build(action, signed_in(request), number))
    return live_list.answer("page", "bulk/_outcome.html", "bulk/page.html", lambda: {"number": number})


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo what was done with each video."""
    action = get_object_or_404(BulkAction.objects.visible_to(request.user), pk=pk)
    try:
        return _begin(bulk.undo(action, signed_in(request)))
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("bulk", pk)


def _begin(action: BulkAction) -> HttpResponse:
    if bulk.carry_on(action.pk, seconds=AT_ONCE_SECONDS):
        tasks.carry_on_bulk_action.enqueue(action.pk)
    tasks.enqueue_notices()
    return redirect("bulk", action.pk)
