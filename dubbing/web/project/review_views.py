"""The review rules and default reviewers of a project, changed by owners."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from dubbing.models import DefaultReviewer, Project
from dubbing.platform import formatting, locales
from dubbing.platform.errors import NotPossible
from dubbing.review import assignments
from dubbing.web.project import settings_views
from dubbing.web.project.review_forms import ReviewPolicyForm, UsualReviewerForm
from dubbing.web.shared.users import signed_in


@require_POST
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how the project reviews."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    form = ReviewPolicyForm(request.POST)
    if not form.is_valid():
        return settings_views.settings_page(request, project, may_change=True, review_form=form)
    form.keep(project)
    messages.success(request, gettext("Review rules saved."))
    return redirect(_panel(pk))


@require_http_methods(["GET", "HEAD", "POST"])
def usual_reviewer(request: HttpRequest, pk: int) -> HttpResponse:
    """Add, change or remove the default reviewer of a language. ``?reviewer=7``: the row to change."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    given = request.GET.get("reviewer", "")
    usual = None
    if given:
        rows = DefaultReviewer.objects.select_related("reviewer").filter(project=project)
        usual = get_object_or_404(rows, pk=int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0)
    if usual and "remove" in request.POST:
        assignments.set_default(project, usual.locale, None, signed_in(request))
        messages.success(
            request, gettext("%(language)s no longer has a usual reviewer.") % {"language": _name(usual.locale)}
        )
        return redirect(_panel(pk))
    values = UsualReviewerForm.values_of(usual) if usual else {"locale": request.GET.get("language", "")}
    form = UsualReviewerForm(request.POST or None, initial=values, project=project)
    if request.method == "POST" and form.is_valid() and _keep(request, project, usual, form):
        return redirect(_panel(pk))
    return render(request, "project/reviewer.html", {"project": project, "usual": usual, "form": form})


def _keep(request: HttpRequest, project: Project, usual: DefaultReviewer | None, form: UsualReviewerForm) -> bool:
    data, user = form.cleaned_data, signed_in(request)
    same = usual is not None and usual.locale == data["locale"]
    if not same and DefaultReviewer.objects.filter(project=project, locale=data["locale"]).exists():
        message = gettext("%(language)s already has a usual reviewer. Change that entry instead.")
        form.add_error("locale", message % {"language": _name(data["locale"])})
        return False
    try:
        assignments.set_default(
            project, data["locale"], data["reviewer"], user, instructions=data["instructions"], days=data["days"]
        )
    except NotPossible as problem:
        form.add_error(None, str(problem))
        return False
    if usual is not None and not same:
        assignments.set_default(project, usual.locale, None, user)
    person = formatting.person(data["reviewer"])
    message = gettext("%(person)s reviews %(language)s from now on.")
    messages.success(request, message % {"person": person, "language": _name(data["locale"])})
    return True


def _name(locale: str) -> str:
    return locales.display_name(locale) if locale else gettext("All other languages")


def _panel(pk: int) -> str:
    return reverse("project-settings", args=[pk]) + "#title-review"
