"""A project's policy, presets and terms: members read them, owners change them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dubbing import providers
from dubbing.assets import retention
from dubbing.delivery import labels
from dubbing.drafts import presets
from dubbing.models import DefaultReviewer, Preset, Project, Term
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.projects import policies, terms
from dubbing.review import assignments, decisions, quality_reports
from dubbing.sharing import links
from dubbing.web.project.label_form import LabelForm
from dubbing.web.project.review_forms import ReviewPolicyForm
from dubbing.web.project.settings_forms import PolicyForm, TermForm, TermsForm
from dubbing.web.project.threshold_form import ThresholdsForm
from dubbing.web.shared import preset_summaries as preset_summaries
from dubbing.web.shared import responses


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the policy and the presets; owners can change them."""
    project, may_change = _project(request, pk)
    form = PolicyForm(request.POST) if request.method == "POST" else PolicyForm.of(policies.of_project(pk))
    if request.method == "POST":
        _only(may_change)
        if form.is_valid():
            form.keep(project)
            messages.success(request, gettext("Policy saved. It applies to everything sent from now on."))
            if against := policies.cannot_anonymize(policies.of_project(pk), project.provider):
                messages.warning(
                    request,
                    gettext("The provider for new videos conflicts with this policy: %(reason)s") % {"reason": against},
                )
            return redirect("project-settings", pk)
    return settings_page(request, project, may_change=may_change, form=form)


def settings_page(
    request: HttpRequest,
    project: Project,
    *,
    may_change: bool,
    form: PolicyForm | None = None,
    review_form: ReviewPolicyForm | None = None,
    thresholds_form: ThresholdsForm | None = None,
    label_form: LabelForm | None = None,
) -> HttpResponse:
    """The page, with forms as they were filled in."""
    pk = project.pk
    form = form or PolicyForm.of(policies.of_project(pk))
    held = [(preset, preset_summaries.holds(preset.sound)) for preset in project.presets.select_related("created_by")]
    context = {"form": form, "presets": held, "owners": policies.owners(pk), "policy": policies.of_project(pk)}
    context |= {"offered": providers.provider_choices()}
    review_policy = decisions.policy_of(pk)
    members = set(assignments.candidates(pk).values_list("pk", flat=True))
    usual = DefaultReviewer.objects.filter(project=project).select_related("reviewer")
    context |= {
        "review_policy": review_policy,
        "review_form": review_form or ReviewPolicyForm.of(review_policy),
        "usual_reviewers": [(row, row.reviewer_id in members) for row in usual],
    }
    thresholds = thresholds_form or ThresholdsForm.of(quality_reports.thresholds_of(pk))
    context |= {"sharing_is_on": links.is_on(pk), "retention_days": retention.days_of(pk)}
    context |= {"label_policy": labels.policy_of(pk), "label_form": label_form or LabelForm()}
    context |= {"thresholds_form": thresholds, "thresholds_shown": [] if may_change else thresholds.shown()}
    return _page(request, "settings", project, may_change, context)


@require_POST
def preset(request: HttpRequest, pk: int, preset_pk: int) -> HttpResponse:
    """Rename or delete a preset, or make it the default for new drafts."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    chosen = get_object_or_404(Preset, project=project, pk=preset_pk)
    try:
        messages.success(request, _change(request, project, chosen))
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("project-settings", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def term_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the terms; owners can add one, or import a table. ``?source=…&target=…``: initial values of the form."""
    project, may_change = _project(request, pk)
    begun = {name: request.GET[name][:200] for name in terms.COLUMNS if name in request.GET}
    form, table, lines = TermForm(initial=begun), TermsForm(), None
    if request.method == "POST":
        _only(may_change)
        if "bring" in request.POST:
            table = TermsForm(request.POST, request.FILES)
            if table.is_valid():
                lines = terms.import_terms(project, table.cleaned_data["lines"])
                table = TermsForm()
        else:
            form = TermForm(request.POST)
            if form.is_valid() and _add(project, form):
                names = {"term": formatting.isolated(form.cleaned_data["wording"].source)}
                messages.success(request, gettext("Subtitles are checked for “%(term)s” from now on.") % names)
                return redirect("terms", pk)
    context = {"form": form, "table": table, "lines": lines, "terms": project.terms.all(), "counts": _counts(lines)}
    return _page(request, "terms", project, may_change, context)


@require_http_methods(["GET", "HEAD", "POST"])
def term(request: HttpRequest, pk: int, term_pk: int) -> HttpResponse:
    """Change or delete a term."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    chosen = get_object_or_404(Term, project=project, pk=term_pk)
    if "delete" in request.POST:
        terms.delete(chosen)
        messages.success(request, gettext("Deleted “%(term)s”.") % {"term": formatting.isolated(chosen.source)})
        return redirect("terms", pk)
    form = TermForm(request.POST or {name: getattr(chosen, name) for name in terms.COLUMNS})
    if request.method == "POST" and form.is_valid():
        try:
            terms.change(chosen, form.cleaned_data["wording"])
        except terms.TermProblem as problem:
            form.add_error(problem.field or None, str(problem))
        else:
            names = {"term": formatting.isolated(form.cleaned_data["wording"].source)}
            messages.success(request, gettext("Changed “%(term)s”.") % names)
            return redirect("terms", pk)
    return render(request, "project/term.html", {"project": project, "term": chosen, "form": form})


@require_safe
def terms_export(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the terms as CSV."""
    project, _ = _project(request, pk)
    name = f"terms-{slugify(project.name) or project.pk}.csv"
    table = terms.table(project.terms.all())
    return responses.text(request, table, kind="text/csv; charset=utf-8", download_as=name)


def _project(request: HttpRequest, pk: int) -> tuple[Project, bool]:
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    return project, Project.objects.is_owner(request.user, pk)


def _only(may_change: bool) -> None:
    if not may_change:
        raise Http404


def _page(request: HttpRequest, name: str, project: Project, may_change: bool, context: dict[str, Any]) -> HttpResponse:
    return render(request, f"project/{name}.html", {"project": project, "may_change": may_change} | context)


def _change(request: HttpRequest, project: Project, chosen: Preset) -> str:
    action = request.POST.get("action")
    if action == "delete":
        presets.delete(chosen)
        return gettext("Deleted “%(name)s”. Drafts that used it stay as they are.") % {
            "name": formatting.isolated(chosen.name)
        }
    if action == "default":
        presets.choose_default(project, chosen)
        return gettext("“%(name)s” is now the default for new drafts.") % {"name": formatting.isolated(chosen.name)}
    if action == "no-default":
        presets.choose_default(project, None)
        return gettext("New drafts now start blank.")
    presets.rename(chosen, request.POST.get("name", ""))
    return gettext("Renamed to “%(name)s”.") % {"name": formatting.isolated(chosen.name)}


def _add(project: Project, form: TermForm) -> bool:
    try:
        terms.add(project, form.cleaned_data["wording"])
    except terms.TermProblem as problem:
        form.add_error(problem.field or None, str(problem))
        return False
    return True


def _counts(lines: list[terms.TermLine] | None) -> dict[str, int]:
    outcomes = [line.outcome for line in lines or ()]
    return {name: outcomes.count(name) for name in ("added", "changed", "same", "problem")}
