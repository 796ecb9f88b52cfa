"""Lists of reviews: a person's own, and those of a project."""

from __future__ import annotations

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
    """What I am to review by due date, what came back, and what I may decide as an owner.

    ``?show=overdue``: all of that. ``?part=``: what the page looks at again.
    """
    user = signed_in(request)
    asked = {kind.key: kind for kind in review_lists.KINDS}.get(request.GET.get("show", ""))
    if asked:
        beyond = numbers.whole(request.GET.get("beyond")) or 0
        name = ("reviews", user.pk, asked.key, beyond)
        section = LiveList(request, name, lambda: review_lists.whole(user, asked, beyond))
        context = {"beyond": beyond}
        return section.answer("section", "review/_whole.html", "review/section.html", lambda: context)
    queue = LiveList(request, ("reviews", user.pk), lambda: page.queue(user))
    return queue.answer("queue", "review/_queue.html", "review/page.html", dict)


@require_safe
def of_project(request: HttpRequest, pk: int) -> HttpResponse:
    """All reviews of a project, the newest first: ``status``, ``language`` and ``reviewer`` filter them."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    user, filters = signed_in(request), page.ReviewFilters.parse(request.GET)
    before = numbers.whole(request.GET.get("before"), low=1)
    # The same for all members: what a review says does not depend on who reads it.
    name = ("project-reviews", pk, user.pk, filters, before)
    reviews = LiveList(request, name, lambda: page.of_project(project, user, filters, before))
    context = {"project": project, "before": before}
    return reviews.answer("page", "review/_project.html", "review/project.html", lambda: context)
