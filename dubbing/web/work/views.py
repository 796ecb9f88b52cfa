"""Everybody's first page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing.models import Asset, Project
from dubbing.platform import formatting, numbers
from dubbing.sync import progress
from dubbing.web.shared.live_lists import LiveList
from dubbing.web.shared.users import signed_in
from dubbing.web.work import page

# Among so many of the newest that somebody brought is one in a project they are still in.
AMONG = 200


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What needs me, what runs, what is done lately, and what I have not sent yet.

    ``?show=failed``: all of that. ``?part=``: what the page looks at again.
    """
    user = signed_in(request)
    asked = {kind.key: kind for kind in page.KINDS}.get(request.GET.get("show", ""))
    if asked:
        beyond = numbers.whole(request.GET.get("beyond")) or 0
        live_list = LiveList(request, ("work", user.pk, asked.key, beyond), lambda: page.whole(user, asked, beyond))
        context = {"beyond": beyond, "first": not beyond}
        return live_list.answer("page", "work/_section.html", "work/section.html", lambda: context)
    work = LiveList(request, ("work", user.pk), lambda: page.build(user))
    return work.answer("work", "work/_sections.html", "work/page.html", lambda: {"project": _usual(request)})


@require_POST
def length_is_right(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody watched results of doubtful length, and they are right."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    progress.say_length_is_right(asset, signed_in(request))
    messages.success(request, gettext("%(name)s: length checked.") % {"name": formatting.isolated(str(asset))})
    return redirect("work")


def _usual(request: HttpRequest) -> Project | None:
    """Where this person brought something last, else the newest project they may bring something to."""
    projects = Project.objects.editable_by(request.user)
    lately = Asset.objects.filter(created_by_id=request.user.pk).order_by("-id").values("pk")[:AMONG]
    last = Asset.objects.filter(pk__in=lately, project__in=projects.values("pk")).order_by("-id")
    return projects.filter(pk__in=last.values("project_id")[:1]).first() or projects.order_by("-id").first()
