"""Projects: the list, a new project, and the page of a project."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from dubbing.minutes.ledger import NO_MINUTES_YET
from dubbing.models import Membership, Project, SavedView
from dubbing.platform import formatting, numbers
from dubbing.platform.errors import NotPossible
from dubbing.projects import projects
from dubbing.web.project import project_list, video_filters, video_page
from dubbing.web.project.forms import ProjectForm
from dubbing.web.shared.live_lists import LiveList
from dubbing.web.shared.users import signed_in


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the projects this person is a member of. ``?part=list``: the part that the page polls."""
    user = signed_in(request)
    live_list = LiveList(request, ("projects", user.pk), lambda: project_list.build(user))
    return live_list.answer("list", "project/_projects.html", "project/list.html", dict)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Create a project, owned by the person who creates it."""
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
    """Show a project's videos, filtered and sorted by the address. ``?part=list``: the part that the page polls."""
    project = get_object_or_404(_with_roles(request), pk=pk)
    filters = video_filters.parse(request.GET)
    beyond = numbers.whole(request.GET.get("before")) or 0
    user = signed_in(request)
    name = ("videos", pk, user.pk, project.role, filters, beyond)
    live_list = LiveList(request, name, lambda: video_page.build(project, user, filters, beyond))
    context = {
        "project": project,
        "filters": filters,
        "sorts": video_filters.SORTS.items(),
        "beyond": beyond,
        "may_edit": project.role in Membership.EDITORS,
        "views": SavedView.objects.visible_to(user).filter(project=pk).select_related("owner"),
    }
    return live_list.answer("page", "project/_assets.html", "project/page.html", lambda: context)


def _with_roles(request: HttpRequest) -> QuerySet[Any]:
    mine = Membership.objects.filter(project=OuterRef("pk"), user=signed_in(request)).values("role")
    visible = Project.objects.visible_to(request.user)
    return visible.annotate(role=Subquery(mine[:1]), member_count=Count("memberships"))
