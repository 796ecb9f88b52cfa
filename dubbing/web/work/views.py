"""My work, the page people see first."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing.models import Asset, Project
from dubbing.models.prepared import PreparedQuery
from dubbing.platform import formatting, numbers
from dubbing.sync import progress
from dubbing.web.shared import review_lists
from dubbing.web.shared.live_lists import LiveList
from dubbing.web.shared.users import signed_in
from dubbing.web.work import page

# Number of a person's newest assets searched for one in a project they are still in.
AMONG = 200


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show what needs the person, what is in progress, what was done lately, and their drafts.

    ``?show=failed``: all of one section. ``?part=``: the part that the page polls.
    """
    user = signed_in(request)
    kind = {kind.key: kind for kind in page.KINDS}.get(request.GET.get("show", ""))
    if kind:
        beyond = numbers.whole(request.GET.get("beyond")) or 0
        live_list = LiveList(
            request, ("work", user.pk, kind.key, beyond), lambda: page.section_page(user, kind, beyond)
        )
        context = {"beyond": beyond, "first": not beyond}
        return live_list.answer("page", "work/_section.html", "work/section.html", lambda: context)
    work = LiveList(request, ("work", user.pk), lambda: page.build(user))
    return work.answer("work", "work/_sections.html", "work/page.html", lambda: _around(request))


def _around(request: HttpRequest) -> dict[str, object]:
    """Further context for the page when it is rendered as a whole."""
    editable = review_lists.assignable(signed_in(request))
    return {"project": _usual(request), "editable": editable, "back": "work"}


@require_POST
def length_is_right(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm results of doubtful length that somebody watched."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    progress.say_length_is_right(asset, signed_in(request))
    messages.success(request, gettext("%(name)s: length checked.") % {"name": formatting.isolated(str(asset))})
    return redirect("work")


def _usual(request: HttpRequest) -> Project | None:
    """The project this person last added something to, else the newest one that they may add to."""
    user = signed_in(request).pk
    project: Project | None = _LAST_PROJECT.first(user=user) or _NEWEST_PROJECT.first(user=user)
    return project


def _last_project(user: int) -> QuerySet[Project]:
    projects = Project.objects.editable_by(User(pk=user))
    lately = Asset.objects.filter(created_by_id=user).order_by("-id").values("pk")[:AMONG]
    last = Asset.objects.filter(pk__in=lately, project__in=projects.values("pk")).order_by("-id")
    return projects.filter(pk__in=last.values("project_id")[:1]).order_by()


def _newest_project(user: int) -> QuerySet[Project]:
    return Project.objects.editable_by(User(pk=user)).order_by("-id")[:1]


_LAST_PROJECT, _NEWEST_PROJECT = PreparedQuery(_last_project, "user"), PreparedQuery(_newest_project, "user")
