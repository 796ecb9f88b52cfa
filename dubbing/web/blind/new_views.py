"""Start a blind comparison: choose a video, its final videos, and who is asked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from dubbing.models import Asset, Project
from dubbing.models.blind_comparisons import FEWEST, MOST
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.review import assignments, blind_candidates, blind_comparisons
from dubbing.review.blind_candidates import ComparableVideo
from dubbing.review.blind_comparisons import WrongField
from dubbing.web.blind.form import BlindForm
from dubbing.web.shared import setting_labels
from dubbing.web.shared.users import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form for a source: ``?asset=7&locale=es-ES``. Without an asset: sources with enough final videos."""
    project, user = get_object_or_404(Project.objects.editable_by(request.user), pk=pk), signed_in(request)
    asset = _asset(request, project)
    if asset is None:
        return _choose(request, project)
    languages = blind_candidates.languages(asset, user)
    asked = request.GET.get("locale", "")
    locale = asked if asked in languages else next(iter(languages), "")
    video = blind_candidates.comparable_video(asset, locale, user)
    if not video.is_enough:
        return _choose(request, project, video)
    posted = request.POST if request.method == "POST" else None
    form = BlindForm(posted, initial=_initial(video, project), project_id=pk, user=user)
    if form.is_valid():
        try:
            made = blind_comparisons.start(project, form.new(locale), user)
        except WrongField as problem:
            form.add_error(problem.field, str(problem))
        except NotPossible as problem:
            form.add_error(None, str(problem))
        else:
            asked_count = made.ballots.count()
            text = ngettext("%(count)s person is asked to vote.", "%(count)s people are asked to vote.", asked_count)
            messages.success(request, text % {"count": asked_count})
            return redirect("blind", made.pk)
    status = 422 if form.is_bound else 200
    return render(request, "blind/new.html", _context(project, video, form, languages), status=status)


def _context(project: Project, video: ComparableVideo, form: BlindForm, languages: list[str]) -> dict[str, object]:
    each = [blind_candidates.settings_of(result) for result in video.results]
    lines = [
        (result, title, form.has_candidate(result))
        for result, title in zip(video.results, setting_labels.titles(each), strict=True)
    ]
    return {"project": project, "video": video, "form": form, "languages": languages, "lines": lines, "most": MOST}


def _initial(video: ComparableVideo, project: Project) -> dict[str, object]:
    """Preselect all final videos as long as they fit, and everybody."""
    chosen = video.results if len(video.results) <= MOST else video.results[:FEWEST]
    return {
        "candidates": [result.pk for result in chosen],
        "voters": list(assignments.candidates(project.pk).values_list("pk", flat=True)),
    }


def _choose(request: HttpRequest, project: Project, lacking: ComparableVideo | None = None) -> HttpResponse:
    videos = blind_candidates.comparable_videos(project.pk, signed_in(request))
    draft = None
    if lacking is not None:
        drafts = Asset.objects.editable_by(request.user).filter(status=Asset.Status.DRAFT)
        draft = drafts.filter(pk=lacking.asset.pilot_of_id or 0).first()
    context = {"project": project, "videos": videos, "lacking": lacking, "draft": draft}
    return render(request, "blind/choose.html", context)


def _asset(request: HttpRequest, project: Project) -> Asset | None:
    pk = numbers.whole(request.GET.get("asset"), low=1)
    assets = Asset.objects.visible_to(request.user).select_related("source", "project")
    return assets.filter(project=project, pk=pk).first() if pk else None
