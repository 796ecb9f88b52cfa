"""The members of a project and their roles."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from dubbing import providers
from dubbing.models import Membership, Project
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.projects import projects
from dubbing.web.project.forms import MemberForm, RoleForm


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the members; owners can add some."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    may_change = Project.objects.is_owner(request.user, pk)
    form = MemberForm(request.POST or None, project=project)
    if request.method == "POST":
        if not may_change:
            raise Http404
        if form.is_valid():
            person = form.cleaned_data["person"]
            projects.set_role(project, person, form.cleaned_data["role"])
            messages.success(request, gettext("Added %(name)s.") % {"name": person.get_username()})
            return redirect("members", pk)
    members = project.memberships.select_related("user")
    context = {"project": project, "members": members, "form": form, "may_change": may_change}
    context |= {"roles": Membership.Role.choices}
    return render(request, "project/members.html", context)


@require_POST
def choose_provider(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the provider of the project's new assets."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    try:
        projects.set_provider(project, request.POST.get("provider", ""))
        label = providers.label(request.POST["provider"])
        messages.success(request, gettext("New videos now use %(provider)s.") % {"provider": label})
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("project-settings", pk)


@require_POST
def change(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """Change a member's role, or remove the member."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    person = get_object_or_404(User, memberships__project=project, pk=user_pk)
    try:
        messages.success(request, _change(request, project, person))
    except NotPossible as problem:
        messages.error(request, str(problem))
    still_in = Project.objects.visible_to(request.user).filter(pk=pk).exists()
    return redirect("members", pk) if still_in else redirect("projects")


def _change(request: HttpRequest, project: Project, person: User) -> str:
    name = person.get_username()
    if "remove" in request.POST:
        projects.remove_member(project, person)
        return gettext("Removed %(name)s. Videos they added stay in the project.") % {"name": name}
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise NotPossible(gettext("Choose a role from the list."))
    membership = projects.set_role(project, person, form.cleaned_data["role"])
    return gettext("%(name)s now has the role %(role)s.") % {
        "name": name,
        "role": formatting.inside_sentence(membership.get_role_display()),
    }
