"""Everybody's first page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing.models import Asset, Project
from dubbing.platform import formatting, numbers
from dubbing.sync import progress
from dubbing.web.shared import etags
from dubbing.web.shared.users import signed_in
from dubbing.web.work import page
from portal.polling import Fingerprint, Poll

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from django.contrib.auth.models import User

# Among so many of the newest that somebody brought is one in a project they are still in.
AMONG = 200


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What needs me, what runs, what is done lately, and what I have not sent yet.

    ``?show=failed``: all of that. ``?part=sections``: what the page looks at again.
    """
    user = signed_in(request)
    asked = {kind.key: kind for kind in page.KINDS}.get(request.GET.get("show", ""))
    if asked:
        beyond = numbers.whole(request.GET.get("beyond")) or 0
        poll = Poll(request, *_scope(user, asked, beyond))
        part = request.GET.get("part") == "section"
        if part and (unchanged := poll.unchanged()):
            return unchanged
        whole = {"page": page.whole(user, asked, beyond=beyond), "beyond": beyond, "first": not beyond}
        whole["etag"] = poll.fingerprint.etag
        return poll.answer(render(request, "work/_section.html" if part else "work/section.html", whole))
    poll = Poll(request, ("work", user.pk), lambda: etags.of_list(("work", user.pk), lambda: page.build(user).shown))
    if request.GET.get("part") == "sections" and (unchanged := poll.unchanged()):
        return unchanged
    shown = {"work": page.build(user), "etag": poll.fingerprint.etag}
    if request.GET.get("part") == "sections":
        return poll.answer(render(request, "work/_sections.html", shown))
    return render(request, "work/page.html", shown | {"project": _usual(request)})


def _scope(user: User, kind: page.SectionKind, beyond: int) -> tuple[Hashable, Callable[[], Fingerprint]]:
    name = ("work", user.pk, kind.key, beyond)
    return name, lambda: etags.of_list(name, lambda: page.whole(user, kind, beyond=beyond).shown)


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
