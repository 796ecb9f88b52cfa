"""Bulk actions from My work: on selected videos, or on all of one section."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from dubbing.assets import bulk
from dubbing.models import Asset, Project
from dubbing.models.subqueries import ListedIds
from dubbing.platform import numbers
from dubbing.web.shared import bulk_forms
from dubbing.web.shared.users import signed_in
from dubbing.web.work import page

BY_PROJECT = {
    "send": _("Send failed languages again"),
    "check": _("Check now"),
    "download": _("Download"),
    "language": _("Add a language"),
}
"""Actions for which each project has its own page: it has its own minutes and approvals."""
MOST_IN_ADDRESS = 100


@dataclass(frozen=True, slots=True)
class ProjectPart:
    """The chosen videos of one project, and the page that asks about them."""

    project: Project
    count: int
    address: str


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Redirect to the confirmation. ``?do=``: the action; ``asset``: which videos, or ``all`` that ``show`` lists."""
    user, what = signed_in(request), request.GET.get("do", "")
    shown = {kind.key: kind for kind in page.KINDS}.get(request.GET.get("show", ""))
    if request.GET.get("all") and shown:
        ids = page.ids_of(user, shown, bulk.MOST + 1)
    else:
        keys = (numbers.whole(text, low=1) for text in request.GET.getlist("asset")[: bulk.MOST])
        ids = list(dict.fromkeys(pk for pk in keys if pk))
    query = urlencode({"show": shown.key}) if shown else ""
    more, ids = len(ids) > bulk.MOST, ids[: bulk.MOST]
    if kind := bulk_forms.kind_of(what):
        question = bulk_forms.ask(kind, ids, user, more=more, query=query)
        return render(request, "bulk/confirm.html", {"question": question})
    if what not in BY_PROJECT:
        return redirect(bulk_forms.list_address(None, query))
    parts = _parts(request, what, ids)
    if len(parts) == 1:
        return redirect(parts[0].address)
    context = {"title": BY_PROJECT[what], "parts": parts, "back": bulk_forms.list_address(None, query)}
    return render(request, "work/by_project.html", context)


def _parts(request: HttpRequest, what: str, ids: list[int]) -> list[ProjectPart]:
    """One part for each project, sorted by name, without videos that this person cannot see."""
    position = {pk: number for number, pk in enumerate(ids)}
    mine = (
        Asset.objects.visible_to(request.user).filter(pk__in=ListedIds(ids)).order_by().values_list("pk", "project_id")
    )
    by_project: dict[int, list[int]] = defaultdict(list)
    for pk, project_id in sorted(mine, key=lambda pair: position[pair[0]]):
        by_project[project_id].append(pk)
    return [
        ProjectPart(project, len(by_project[project.pk]), _address(project, what, by_project[project.pk]))
        for project in Project.objects.filter(pk__in=by_project).order_by("name")
    ]


def _address(project: Project, what: str, ids: list[int]) -> str:
    query = urlencode([("do", what), *(("asset", pk) for pk in ids[:MOST_IN_ADDRESS])])
    return f"{reverse('videos-bulk', args=[project.pk])}?{query}"
