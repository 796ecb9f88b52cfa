"""The counts in the header of every page, and those beside the tabs of a project's pages."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dubbing.models import Project
from dubbing.platform import numbers
from dubbing.projects import projects
from dubbing.web.shared import etags, review_lists
from dubbing.web.shared.users import signed_in
from portal.page_polling import Fingerprint, Poll


@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """Show the counts of the header. ``?project=7``: and those of that project's tabs, if the reader may see it."""
    user, pk = signed_in(request), numbers.whole(request.GET.get("project"))
    project = Project.objects.visible_to(user).filter(pk=pk).first() if pk else None
    name = ("navigation", user.pk, project and project.pk)
    poll = Poll(request, name, partial(_fingerprint, name, user, project))
    return poll.unchanged() or poll.answer(render(request, "navigation/counts.html", {"project": project}))


def _fingerprint(name: Hashable, user: User, project: Project | None) -> Fingerprint:
    read = partial(_read_counts, user, project)
    return etags.of_several(etags.of_notices(user.pk), etags.of_list(name, read), pause=etags.HEADER)


def _read_counts(user: User, project: Project | None) -> object:
    return review_lists.waiting(user), projects.counts(project.pk, user) if project else None
