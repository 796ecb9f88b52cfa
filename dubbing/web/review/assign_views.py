"""Choosing a reviewer for languages of a project's videos: one, those of selected videos, or all that were listed."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from dubbing.models import Asset, Dubbing, Project, Review
from dubbing.platform import formatting, locales, numbers
from dubbing.review import assignments
from dubbing.web.review.assign_form import AssignForm
from dubbing.web.shared.users import signed_in

MOST = 200
"""Languages of videos at once."""


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Which languages, and who reviews them. ``dubbing``: which; ``asset``: all languages of a video; ``locale``."""
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    given = request.POST if request.method == "POST" else request.GET
    dubbings, more = _chosen(project, given)
    reviews = {row.dubbing_id: row for row in Review.objects.filter(dubbing__in=dubbings).select_related("reviewer")}
    initial = AssignForm.values_of(reviews[dubbings[0].pk]) if len(dubbings) == 1 and reviews else {}
    form = AssignForm(request.POST or None, initial=initial, project_id=pk)
    if request.method == "POST" and dubbings and form.is_valid():
        return _assign(request, project, dubbings, form)
    context = {"project": project, "form": form, "more": more, "most": MOST}
    context["lines"] = [(dubbing, reviews.get(dubbing.pk)) for dubbing in dubbings]
    context["nothing_chosen"] = request.method == "POST" and not dubbings
    return render(request, "review/assign.html", context)


def _assign(request: HttpRequest, project: Project, dubbings: list[Dubbing], form: AssignForm) -> HttpResponse:
    done, problems = assignments.assign_many(dubbings, form.assignment, signed_in(request))
    if not problems:
        messages.success(request, _report(done, form))
        assets = {dubbing.asset_id for dubbing in dubbings}
        return redirect("asset", assets.pop()) if len(assets) == 1 else redirect("project-reviews", project.pk)
    context = {"project": project, "done": done, "problems": problems, "report": _report(done, form)}
    return render(request, "review/assigned.html", context)


def _report(done: int, form: AssignForm) -> str:
    person = form.cleaned_data["reviewer"]
    if person is None:
        text = ngettext("%(count)s dub has no reviewer now.", "%(count)s dubs have no reviewer now.", done)
        return text % {"count": done}
    text = ngettext("%(person)s reviews %(count)s dub.", "%(person)s reviews %(count)s dubs.", done)
    return text % {"person": formatting.person(person), "count": done}


def _chosen(project: Project, given: QueryDict) -> tuple[list[Dubbing], bool]:
    """The languages that were meant, and whether there are more than are taken at once."""
    mine = Asset.objects.listed().filter(project=project).exclude(status=Asset.Status.DRAFT)
    among = Dubbing.objects.filter(asset__in=mine.values("pk")).select_related("asset").defer("srt", "asset__typed")
    keys = _keys(given.getlist("dubbing"))
    if keys or "dubbings" in given:
        found = among.filter(pk__in=keys)
    else:
        found = among.filter(asset__in=_keys(given.getlist("asset")))
    codes = [code for text in given.getlist("locale")[:MOST] if (code := locales.canonical(text[:40]))]
    found = found.filter(locale__in=codes) if codes else found
    dubbings = list(found.order_by("-asset", "locale")[: MOST + 1])
    return dubbings[:MOST], len(dubbings) > MOST


def _keys(texts: Iterable[str]) -> list[int]:
    keys = [numbers.whole(text, low=1) for text in list(texts)[: MOST + 1]]
    return [key for key in keys if key]
