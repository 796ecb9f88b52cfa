"""Assign a reviewer to one language, to selected videos, or to all listed ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from dubbing.models import Asset, Dubbing, Project, Review
from dubbing.platform import formatting, locales, numbers
from dubbing.review import assignments
from dubbing.web.review.assign_form import AssignForm
from dubbing.web.shared.users import signed_in

if TYPE_CHECKING:
    from dubbing.models.projects import ProjectQuerySet

MOST = 200
"""Maximum number of languages of videos at once."""


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign a reviewer. ``dubbing``: which languages; ``asset``: all languages of a video; ``locale``.

    ``?back=reviews``: the person came from the project's reviews.
    """
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    return _answer(request, Project.objects.filter(pk=pk), project)


@require_http_methods(["GET", "HEAD", "POST"])
def assign_anywhere(request: HttpRequest) -> HttpResponse:
    """The same for languages of any projects: the reviewer has to be a member of each. ``?back=work``: from My work."""
    return _answer(request, Project.objects.editable_by(request.user), None)


def _answer(request: HttpRequest, projects: ProjectQuerySet, project: Project | None) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    dubbings, more = _chosen(projects, given)
    reviews = {row.dubbing_id: row for row in Review.objects.filter(dubbing__in=dubbings).select_related("reviewer")}
    initial = AssignForm.values_of(reviews[dubbings[0].pk]) if len(dubbings) == 1 and reviews else {}
    among = {dubbing.asset.project_id for dubbing in dubbings}
    form = AssignForm(request.POST or None, initial=initial, project_ids=among or {project.pk if project else 0})
    back = _back(request, project)
    if request.method == "POST" and dubbings and form.is_valid():
        return _assign(request, project, dubbings, form, back)
    context: dict[str, Any] = {"project": project, "form": form, "more": more, "most": MOST, "back": back}
    context["lines"] = [(dubbing, reviews.get(dubbing.pk)) for dubbing in dubbings]
    context["several"] = len(among) > 1
    context["nothing_chosen"] = request.method == "POST" and not dubbings
    return render(request, "review/assign.html", context)


def _back(request: HttpRequest, project: Project | None) -> str:
    """The list that the person came from."""
    if project is not None:
        return reverse("project-reviews", args=[project.pk])
    return reverse("work" if request.GET.get("back") == "work" else "reviews")


def _assign(
    request: HttpRequest, project: Project | None, dubbings: list[Dubbing], form: AssignForm, back: str
) -> HttpResponse:
    done, problems = assignments.assign_many(dubbings, form.assignment, signed_in(request))
    if not problems:
        messages.success(request, _report(done, form))
        assets = {dubbing.asset_id for dubbing in dubbings}
        from_list = project is None or request.GET.get("back") == "reviews"
        return redirect(back) if from_list or len(assets) > 1 else redirect("asset", assets.pop())
    context = {"project": project, "done": done, "problems": problems, "report": _report(done, form), "back": back}
    return render(request, "review/assigned.html", context)


def _report(done: int, form: AssignForm) -> str:
    person = form.cleaned_data["reviewer"]
    if person is None:
        text = ngettext("%(count)s dub no longer has a reviewer.", "%(count)s dubs no longer have a reviewer.", done)
        return text % {"count": done}
    text = ngettext("%(person)s reviews %(count)s dub.", "%(person)s reviews %(count)s dubs.", done)
    return text % {"person": formatting.person(person), "count": done}


def _chosen(projects: ProjectQuerySet, given: QueryDict) -> tuple[list[Dubbing], bool]:
    """The chosen languages, and whether there are more than are accepted at once."""
    mine = Asset.objects.listed().filter(project__in=projects.values("pk")).exclude(status=Asset.Status.DRAFT)
    among = Dubbing.objects.filter(mine.reached_by("asset")).select_related("asset__project")
    among = among.defer("srt", "asset__typed", "asset__source_srt")
    keys = _keys(given.getlist("dubbing"))
    if keys or "dubbings" in given:
        chosen = among.filter(pk__in=keys)
    else:
        chosen = among.filter(asset__in=_keys(given.getlist("asset")))
    codes = [code for text in given.getlist("locale")[:MOST] if (code := locales.canonical(text[:40]))]
    chosen = chosen.filter(locale__in=codes) if codes else chosen
    dubbings = list(chosen.order_by("-asset", "locale")[: MOST + 1])
    return dubbings[:MOST], len(dubbings) > MOST


def _keys(texts: Iterable[str]) -> list[int]:
    keys = [numbers.whole(text, low=1) for text in list(texts)[: MOST + 1]]
    return [key for key in keys if key]
