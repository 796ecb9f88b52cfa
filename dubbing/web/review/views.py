"""Lists of reviews: a person's own, and those of a project."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dubbing.models import Project
from dubbing.platform import numbers
from dubbing.web.review import page
from dubbing.web.shared import review_lists
from dubbing.web.shared.live_lists import LiveList
from dubbing.web.shared.users import signed_in


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the person's reviews by due date, what came back, and what they may decide as an owner.

    ``?show=overdue``: all of one part. ``?part=``: the part that the page polls.
    """
    user = signed_in(request)
    kind = {kind.key: kind for kind in review_lists.KINDS}.get(request.GET.get("show", ""))
    if kind:
        beyond = numbers.whole(request.GET.get("beyond")) or 0
        name = ("reviews", user.pk, kind.key, beyond)
        section = LiveList(request, name, lambda: review_lists.section_page(user, kind, beyond))
        return section.answer(
            "section", "review/_whole.html", "review/section.html", lambda: {"beyond": beyond, **_around(user)}
        )
    queue = LiveList(request, ("reviews", user.pk), lambda: page.queue(user))
    return queue.answer(
        "queue", "review/_queue.html", "review/page.html", lambda: {"editable": review_lists.assignable(user)}
    )


@require_safe
def of_project(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all reviews of a project, newest first, filtered by ``status``, ``language`` and ``reviewer``."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    user, filters = signed_in(request), page.ReviewFilters.parse(request.GET)
    before = numbers.whole(request.GET.get("before"), low=1)
    # The same for all members: what a review shows does not depend on the reader.
    name = ("project-reviews", pk, user.pk, filters, before)
    reviews = LiveList(request, name, lambda: page.of_project(project, user, filters, before))
    editable = {pk} if Project.objects.editable_by(user).filter(pk=pk).exists() else set[int]()
    context = {"project": project, "before": before, "editable": editable}
    return reviews.answer("page", "review/_project.html", "review/project.html", lambda: context)


def _around(user: User) -> dict[str, Any]:
    """Further context for the list when the page is rendered as a whole."""
    return {"editable": review_lists.assignable(user)}
