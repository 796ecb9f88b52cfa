"""Notices: the list, how many are unread, what each leads to, and which of them are sent by email."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dubbing.models import Notice, Project
from dubbing.notices import choices, inbox, mails, texts
from dubbing.platform import numbers
from dubbing.web.notices import choice_form
from dubbing.web.shared import etags
from dubbing.web.shared.users import signed_in
from portal.page_polling import Poll


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the person's notices, newest first. ``?show=unread``: only unread ones."""
    before, only_unread = numbers.whole(request.GET.get("before")) or 0, request.GET.get("show") == "unread"
    lines, beyond = inbox.page(signed_in(request), before=before, unread=only_unread)
    return render(request, "notices/page.html", {"lines": lines, "beyond": beyond, "only_unread": only_unread})


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """Return the unread notices after ``?after=``, oldest first, and the newest's id, for browser notifications.

    Without ``after``, only that id: earlier notices are not shown as new.
    """
    user = signed_in(request)
    poll = Poll(request, ("notices", user.pk), partial(etags.of_notices, user.pk))
    if unchanged := poll.unchanged():
        return unchanged
    newest, lines = inbox.new_since(user, numbers.whole(request.GET.get("after")))
    shown = [
        {"id": row.notice.pk, "title": row.subject, "text": row.text, "url": reverse("notice", args=[row.notice.pk])}
        for row in lines
    ]
    return poll.answer(JsonResponse({"newest": newest, "notices": shown}))


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of them as read."""
    if Notice.objects.visible_to(request.user).mark_read():
        messages.success(request, gettext("All notices are marked as read."))
    return redirect("notices")


@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notice as read, and redirect to what it is about."""
    mine = Notice.objects.visible_to(request.user).select_related("asset", "project")
    notice = get_object_or_404(mine, pk=pk)
    Notice.objects.filter(pk=pk).mark_read()
    if place := texts.target(notice, signed_in(request)):
        return redirect(place)
    messages.info(request, gettext("You do not have permission to open what this notice is about."))
    return redirect("notices")


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Choose which notices are sent by email: everywhere, or in one project (``?project=``)."""
    user, project = signed_in(request), _project(request)
    if request.method == "POST":
        choices.choose(user, choice_form.read(request.POST), project_id=project.pk if project else None)
        messages.success(request, gettext("Email settings saved."))
        return redirect(reverse("notice-choices") + (f"?project={project.pk}" if project else ""))
    return render(request, "notices/choices.html", _choices(user, project))


@csrf_exempt  # mail programs post here automatically (RFC 8058); the token is the permission
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop all emails of notices without signing in. A GET only asks: mail scanners follow links."""
    person = mails.person_of(token)
    if person is None:
        raise Http404
    if request.method == "POST":
        choices.stop(person)
    return render(request, "notices/stop.html", {"stopped": request.method == "POST", "person": person})


def _project(request: HttpRequest) -> Project | None:
    if "project" not in request.GET:
        return None
    pk = numbers.whole(request.GET["project"])
    return get_object_or_404(Project.objects.visible_to(request.user), pk=pk or 0)


def _choices(user: User, project: Project | None) -> dict[str, Any]:
    differ = choices.projects_that_differ(user)
    projects = [(visible, visible.pk in differ) for visible in Project.objects.visible_to(user)]
    return {"rows": choice_form.rows(user, project), "project": project, "projects": projects}
