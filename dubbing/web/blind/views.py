"""Blind comparisons: those of a project, voting, and the tally."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing.models import BlindComparison, Project
from dubbing.models.blind_comparisons import BlindComparisonQuerySet
from dubbing.notices import inbox
from dubbing.platform import formatting, numbers, tables
from dubbing.platform.errors import NotPossible
from dubbing.review import blind_comparisons
from dubbing.web.blind import page as pages
from dubbing.web.blind.form import PresetForm
from dubbing.web.shared import responses
from dubbing.web.shared.live_lists import LiveList
from dubbing.web.shared.users import signed_in


@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the blind comparisons of a project, newest first."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    before = numbers.whole(request.GET.get("before"), low=1)
    lines, beyond = pages.of_project(project, signed_in(request), before)
    may_start = Project.objects.editable_by(request.user).filter(pk=pk).exists()
    context = {"project": project, "lines": lines, "beyond": beyond, "before": before, "may_start": may_start}
    return render(request, "blind/list.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form to vote, who voted, or the result, for this reader. ``?listen=2&t=4.5`` opens the player there.

    ``?part=voters``: only who voted, which an open page polls.
    """
    comparison = _comparison(request, pk)
    if request.GET.get("part") == "voters":
        return _voters(request, comparison)
    inbox.mark_read_of_comparison(signed_in(request), pk)
    return render_page(request, comparison)


def _voters(request: HttpRequest, comparison: BlindComparison) -> HttpResponse:
    user = signed_in(request)

    def read() -> pages.BlindVoters:
        return pages.build_voters(BlindComparison.objects.get(pk=comparison.pk), user)

    live_list = LiveList(request, ("blind", comparison.pk, user.pk), read, follows_events=False)
    context = {"comparison": comparison, "part": True}
    return live_list.answer("page", "blind/_voters.html", "blind/_voters.html", lambda: context)


@require_POST
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Cast or change a vote."""
    comparison, user = _comparison(request, pk), signed_in(request)
    if not comparison.ballots.filter(user=user).exists():
        raise Http404
    label, reason = request.POST.get("choice", ""), request.POST.get("reason", "")
    try:
        blind_comparisons.vote(comparison, user, label=label, reason=reason)
    except NotPossible as problem:
        comparison.refresh_from_db()
        if not comparison.is_open:
            messages.error(request, str(problem))
            return redirect("blind", pk)
        return render_page(request, comparison, problem=str(problem), reason=reason, status=422)
    messages.success(request, gettext("Vote saved. You can change it until voting is closed."))
    return redirect("blind", pk)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the voting for good."""
    comparison = _decidable(request, pk)
    try:
        closed = blind_comparisons.close(comparison, signed_in(request))
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        text = gettext("Voting in “%(name)s” is closed. Everybody in the project sees the result now.")
        messages.success(request, text % {"name": formatting.isolated(closed.name)})
    return redirect("blind", pk)


@require_POST
def winner(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide a tie."""
    comparison = _decidable(request, pk)
    try:
        blind_comparisons.pick_winner(comparison, signed_in(request), numbers.whole(request.POST.get("candidate")))
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, gettext("The winner is chosen."))
    return redirect("blind", pk)


@require_POST
def preset(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a preset of the winner's settings."""
    comparison, user = _comparison(request, pk), signed_in(request)
    if not Project.objects.editable_by(user).filter(pk=comparison.project_id).exists():
        raise Http404
    form = _preset_form(request, comparison)
    if form.is_valid():
        replaced = form.cleaned_data.get("replaced") if "replace" in request.POST else None
        if "replace" in request.POST and replaced is None:
            form.add_error("replaced" if "replaced" in form.fields else None, gettext("Choose the preset to replace."))
            return render_page(request, comparison, preset_form=form, status=422)
        try:
            made = blind_comparisons.make_preset(comparison, user, name=form.cleaned_data["name"], replaced=replaced)
        except NotPossible as problem:
            form.add_error("replaced" if replaced else "name", str(problem))
        else:
            text = gettext("The winner’s settings were saved as the preset “%(name)s”.")
            messages.success(request, text % {"name": formatting.isolated(made.name)})
            return redirect("blind", pk)
    return render_page(request, comparison, preset_form=form, status=422)


@require_safe
def as_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download the tally as CSV. There is none before voting has ended."""
    comparison = _comparison(request, pk)
    if comparison.is_open:
        raise Http404
    rows = pages.table(pages.build(comparison, signed_in(request)))
    name = f"blind-comparison-{slugify(comparison.name) or comparison.pk}.csv"
    return responses.csv_file(tables.harmless_rows(rows), name=name)


def render_page(
    request: HttpRequest,
    comparison: BlindComparison,
    *,
    problem: str = "",
    reason: str = "",
    preset_form: PresetForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with what was entered and refused."""
    user = signed_in(request)
    page = pages.build(comparison, user)
    may_save = bool(page.winner) and Project.objects.editable_by(user).filter(pk=comparison.project_id).exists()
    context = {
        "page": page,
        "comparison": comparison,
        "project": comparison.project,
        "problem": problem,
        "reason": reason or (page.ballot.reason if page.ballot else ""),
        "preset_form": (preset_form or _preset_form(request, comparison)) if may_save else None,
        "differs_by_provider": page.knows and _differ_by_provider(page),
    }
    # The browser stores nothing of it: the next person to use it may be another voter.
    response = render(request, "blind/page.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _differ_by_provider(page: pages.BlindPage) -> bool:
    return len({line.facts[0][1] for line in page.lines}) > 1


def _preset_form(request: HttpRequest, comparison: BlindComparison) -> PresetForm:
    may_replace = Project.objects.is_owner(request.user, comparison.project_id)
    may_replace = may_replace and comparison.project.presets.exists()
    data = request.POST if request.method == "POST" and request.path.endswith("/preset/") else None
    initial = {"name": comparison.name[:80]}
    return PresetForm(data, initial=initial, project_id=comparison.project_id, may_replace=may_replace)


def visible_comparisons(request: HttpRequest) -> BlindComparisonQuerySet:
    """Comparisons that this person may see."""
    return BlindComparison.objects.visible_to(request.user).select_related(
        "project", "winner", "preset", "created_by", "closed_by"
    )


def _comparison(request: HttpRequest, pk: int) -> BlindComparison:
    return get_object_or_404(visible_comparisons(request), pk=pk)


def _decidable(request: HttpRequest, pk: int) -> BlindComparison:
    comparison = _comparison(request, pk)
    if not blind_comparisons.may_close(comparison, signed_in(request)):
        raise Http404
    return comparison
