"""Projects: the list, a new one, and one with its assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from dubbing.minutes.ledger import NO_MINUTES_YET
from dubbing.models import Asset, Membership, Project
from dubbing.platform import formatting, numbers
from dubbing.platform.errors import NotPossible
from dubbing.projects import projects
from dubbing.web.project.forms import ProjectForm
from dubbing.web.shared import asset_lists
from dubbing.web.shared.users import signed_in

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The projects this person is a member of. ``?part=list``: what the page looks at again."""
    template = "project/_projects.html" if request.GET.get("part") == "list" else "project/list.html"
    return render(request, template, {"projects": _with_roles(request)})


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new project, owned by who makes it."""
    if not projects.may_create(signed_in(request)):
        raise PermissionDenied(str(projects.MAY_NOT))
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = projects.create_project(signed_in(request), form.cleaned_data["name"])
        except projects.TooManyProjects as problem:
            form.add_error(None, str(problem))
            headers = {"Retry-After": str(problem.seconds)}
            return HttpResponse(_form_page(request, form), status=429, headers=headers)
        except NotPossible as problem:
            form.add_error("name", str(problem))
        else:
            created = gettext("Created %(name)s.") % {"name": formatting.isolated(project.name)}
            messages.success(request, f"{created} {_what_next(project)}")
            return redirect("project", project.pk)
    return HttpResponse(_form_page(request, form))


def _form_page(request: HttpRequest, form: ProjectForm) -> str:
    return render_to_string("project/new.html", {"form": form}, request)


def _what_next(project: Project) -> str:
    if project.monthly_minutes == 0:
        return f"{gettext('You can add videos and members, but not send videos yet.')} {NO_MINUTES_YET}"
    return gettext("Add your first video, or add members.")


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One project: its assets, newest first. ``?part=list``: what the page looks at again."""
    project = get_object_or_404(_with_roles(request), pk=pk)
    chosen = request.GET.get("status", "")
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    assets = Asset.objects.in_project(project.pk, request.user)
    statuses = asset_lists.GROUPS[chosen][1] if chosen in asset_lists.GROUPS else None
    before = numbers.whole(request.GET.get("before"))
    page = asset_lists.page(assets, before=before, statuses=statuses, words=words, project=project.pk)
    context = {
        "project": project,
        "page": page,
        "words": words,
        "chosen": chosen if statuses else "",
        "filters": _filters(words, project.role),
        "older": urlencode(_given(q=words, status=chosen if statuses else "", before=page.next_before)),
        "part": urlencode(_given(part="list", q=words, status=chosen if statuses else "", before=before)),
        "first_page": "before" not in request.GET,
        "may_edit": project.role in Membership.EDITORS,
    }
    template = "project/_assets.html" if request.GET.get("part") == "list" else "project/page.html"
    return render(request, template, context)


def _with_roles(request: HttpRequest) -> QuerySet[Any]:
    mine = Membership.objects.filter(project=OuterRef("pk"), user=signed_in(request)).values("role")
    visible = Project.objects.visible_to(request.user)
    return visible.annotate(role=Subquery(mine[:1]), member_count=Count("memberships"))


def _filters(words: str, role: str) -> list[tuple[str, StrOrPromise, str]]:
    """(key, label, query) of every status filter that is of use to somebody of this role, keeping the search words."""
    choices: list[tuple[str, StrOrPromise]] = [
        ("", gettext("All")),
        *((key, label) for key, (label, _) in asset_lists.groups(role).items()),
    ]
    return [(key, label, urlencode(_given(q=words, status=key))) for key, label in choices]


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}
