"""Tokens of programs: a person's own on the account page, a project's beside its settings. Their text is shown once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from dubbing.accounts import tokens
from dubbing.models import ApiToken, Project
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.web.access.token_form import TokenForm
from dubbing.web.shared.users import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
def personal(request: HttpRequest) -> HttpResponse:
    """Show the person's tokens; a POST creates one that is valid in all their projects."""
    made = ApiToken.objects.filter(user=signed_in(request))
    return _page(request, "access/tokens.html", made.select_related("project"))


@require_http_methods(["GET", "HEAD", "POST"])
def of_project(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the tokens of a project to its owners; a POST creates one."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    made = ApiToken.objects.filter(project=project)
    return _page(request, "access/project.html", made.select_related("user"), project)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a token at once."""
    user = signed_in(request)
    token = get_object_or_404(ApiToken.objects.revocable_by(user), pk=pk)
    if ApiToken.objects.filter(pk=pk).revoke(user):
        message = gettext("Revoked “%(name)s”. Programs that use it no longer have access.")
        messages.success(request, message % {"name": formatting.isolated(token.name)})
    if token.project_id and Project.objects.is_owner(user, token.project_id):
        return redirect("project-access", token.project_id)
    return redirect("tokens")


def _page(request: HttpRequest, template: str, made: Any, project: Project | None = None) -> HttpResponse:
    form, context = TokenForm(request.POST or None), dict[str, Any]()
    if request.method == "POST" and form.is_valid():
        context = _create(form, request, project)
    status = 422 if form.errors else 201 if "text" in context else 200
    context |= {"form": TokenForm() if "text" in context else form, "tokens": made, "project": project}
    return render(request, template, context | {"portal": settings.PORTAL_URL}, status=status)


def _create(form: TokenForm, request: HttpRequest, project: Project | None) -> dict[str, Any]:
    """Show the token's text in the answer to this one request: it is stored nowhere."""
    wanted = form.cleaned_data
    try:
        user = signed_in(request)
        token, text = tokens.create(user, wanted["name"], wanted["scopes"], wanted["days"], project=project)
    except NotPossible as problem:
        form.add_error(None, str(problem))
        return {}
    return {"made": token, "text": text}
