"""Check, download or resend many videos of a project: the selected ones, or all that match the filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from dubbing import tasks
from dubbing.assets import bulk
from dubbing.models import Asset, Project
from dubbing.models.subqueries import ListedIds
from dubbing.platform import locales, numbers
from dubbing.submissions import coverage, gaps
from dubbing.web.project import video_filters, video_list
from dubbing.web.shared import bulk_forms
from dubbing.web.shared.users import signed_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import QueryDict

MOST = 100
"""Maximum number of videos at once."""
MOST_DELIVERED = 400
"""Maximum number of videos whose results are delivered at once: their ids are in an address."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The chosen videos, in order, and whether there are more than are accepted at once."""

    assets: list[Asset]
    more: bool


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One video: ``words`` say why nothing is done with it."""

    asset: Asset
    refusal: str = ""


@require_safe
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Redirect to the page that asks for confirmation.

    ``?do=``: the action; ``asset``: which videos, or ``all`` matches.
    """
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    user, what = signed_in(request), request.GET.get("do", "")
    if kind := bulk_forms.kind_of(what):
        return _ask(request, project, kind)
    if what in ("download", "deliver"):
        return _deliver(request, project)
    if what == "language":
        return _add_language(request, project)
    if what == "reviewer":
        return _assign_reviewer(request, project)
    ids, more = _ids(project, user, request.GET)
    if what == "send":
        statuses = [Asset.Status.FAILED, Asset.Status.PARTLY_DONE]
        failed = Asset.objects.in_project(pk, user).filter(pk__in=ids, status__in=statuses)
        with_failures = set(failed.values_list("pk", flat=True))
        # Anything that cannot be sent is explained there, so people who chose nothing else learn why.
        wanted = [pk for pk in ids if pk in with_failures][: gaps.MOST] or ids[: gaps.MOST]
        if wanted:
            query = urlencode([("do", "again"), *(("asset", pk) for pk in wanted)])
            return redirect(f"{reverse('grid-send', args=[pk])}?{query}")
    chosen = Chosen(_read(project, user, ids), more)
    context = {"project": project, "chosen": chosen, "most": MOST, "back": _back(request.GET)}
    lines = [BulkRow(asset, _not_to_be_checked(asset)) for asset in chosen.assets]
    context |= {
        "able": [line for line in lines if not line.refusal],
        "unable": [line for line in lines if line.refusal],
    }
    return render(request, "project/bulk_check.html", context)


def _ask(request: HttpRequest, project: Project, kind: str) -> HttpResponse:
    """Ask about an action that uses no minutes; viewers get no such page."""
    user = signed_in(request)
    get_object_or_404(Project.objects.editable_by(user), pk=project.pk)
    ids, more = _ids(project, user, request.GET, most=bulk.MOST)
    question = bulk_forms.ask(kind, ids, user, more=more, project=project, query=_back(request.GET))
    return render(request, "bulk/confirm.html", {"project": project, "question": question})


def _assign_reviewer(request: HttpRequest, project: Project) -> HttpResponse:
    """Redirect to where a reviewer is chosen for the languages of these videos."""
    get_object_or_404(Project.objects.editable_by(request.user), pk=project.pk)
    ids, _more = _ids(project, signed_in(request), request.GET)
    return redirect(f"{reverse('review-assign', args=[project.pk])}?{urlencode([('asset', pk) for pk in ids])}")


def _deliver(request: HttpRequest, project: Project) -> HttpResponse:
    """Redirect to where the contents of a delivery are chosen; in the grid, of all videos if none is chosen."""
    given = request.GET.copy()
    if given.get("do") == "deliver" and not given.getlist("asset"):
        given["all"] = "1"
    ids, more = _ids(project, signed_in(request), given, most=MOST_DELIVERED)
    query = {"assets": bulk_forms.write_ids(ids)} | ({"more": MOST_DELIVERED} if more else {})
    return redirect(f"{reverse('delivery-new', args=[project.pk])}?{urlencode(query, safe=',')}")


def _add_language(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask which language, then redirect to the page with the minutes for the videos that lack it."""
    user = signed_in(request)
    get_object_or_404(Project.objects.editable_by(user), pk=project.pk)
    ids, more = _ids(project, user, request.GET, most=bulk.MOST)
    code = locales.canonical(request.GET.get("locale", "")[:40])
    if code and ids:
        lacking = list(coverage.lacking(project.pk, [code]).filter(pk__in=ListedIds(ids)).values_list("pk", flat=True))
        # One more than fit shows that there are more. Anything that cannot be sent is explained there.
        chosen = (lacking or ids)[: gaps.MOST + 1]
        query = urlencode([("locale", code), ("back", _back(request.GET)), *(("asset", pk) for pk in chosen)])
        return redirect(f"{reverse('grid-send', args=[project.pk])}?{query}")
    context = {"project": project, "count": len(ids), "more": more, "most": bulk.MOST, "back": _back(request.GET)}
    context["hidden"] = [pair for pair in request.GET.lists() if pair[0] not in ("locale", "do")]
    context["languages"] = sorted((language.name, language.code) for language in locales.targets())
    return render(request, "project/bulk_language.html", context)


@require_http_methods(["POST"])
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Sync these videos with their providers, and show the outcome for each."""
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    user = signed_in(request)
    lines = []
    for asset in _read(project, user, _given(request.POST)[:MOST]):
        refusal = _not_to_be_checked(asset)
        lines.append(BulkRow(asset, refusal))
        if not refusal:
            Asset.objects.ask(asset.pk)
            tasks.sync.enqueue(asset.pk)
    context = {"project": project, "done": [line for line in lines if not line.refusal]}
    context |= {"unable": [line for line in lines if line.refusal], "back": _back(request.GET)}
    return render(request, "project/bulk_checked.html", context)


def _ids(project: Project, user: User, given: QueryDict, *, most: int = 0) -> tuple[list[int], bool]:
    most = most or MOST
    if given.get("all"):
        videos = video_list.find_all(project.pk, user, video_filters.parse(given), most)
        return videos.ids, bool(videos.beyond)
    ids = _given(given)
    return ids[:MOST], len(ids) > MOST


def _given(given: QueryDict) -> list[int]:
    ids = [numbers.whole(text, low=1) for text in given.getlist("asset")[: MOST + 1]]
    return list(dict.fromkeys(pk for pk in ids if pk))


def _read(project: Project, user: User, ids: list[int]) -> list[Asset]:
    assets = Asset.objects.in_project(project.pk, user).filter(pk__in=ids).select_related("source")
    by_key = {asset.pk: asset for asset in assets}
    return [by_key[pk] for pk in ids if pk in by_key]


def _not_to_be_checked(asset: Asset) -> str:
    if asset.status in Asset.MIRRORED:
        return ""
    if asset.status == Asset.Status.UNCONFIRMED:
        return gettext("We are already checking whether the provider received it.")
    return gettext("The provider does not have it yet, so there is nothing to check.")


def _back(given: QueryDict) -> str:
    return video_filters.parse(given).query
