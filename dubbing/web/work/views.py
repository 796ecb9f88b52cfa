"""Everybody's first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dubbing.models import Asset, Project
from dubbing.platform import numbers
from dubbing.web.shared.users import signed_in
from dubbing.web.work import page

# Among so many of the newest that somebody brought is one in a project they are still in.
AMONG = 200


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What needs me, what runs, what is done lately, and what I have not sent yet.

    ``?show=needs``: all of that. ``?part=sections``: what the page looks at again.
    """
    user = signed_in(request)
    asked = {kind.key: kind for kind in page.KINDS}.get(request.GET.get("show", ""))
    if asked:
        beyond = numbers.whole(request.GET.get("beyond")) or 0
        whole = {"page": page.whole(user, asked, beyond=beyond), "first": not beyond}
        return render(request, "work/section.html", whole)
    sections = page.build(user)
    shown = {"sections": sections, "anything": any(one.rows for one in sections)}
    if request.GET.get("part") == "sections":
        return render(request, "work/_sections.html", shown)
    return render(request, "work/page.html", shown | {"project": _usual(request)})


def _usual(request: HttpRequest) -> Project | None:
    """Where this person brought something last, else the newest project they may bring something to."""
    projects = Project.objects.editable_by(request.user)
    lately = Asset.objects.filter(created_by_id=request.user.pk).order_by("-id").values("pk")[:AMONG]
    last = Asset.objects.filter(pk__in=lately, project__in=projects.values("pk")).order_by("-id")
    return projects.filter(pk__in=last.values("project_id")[:1]).first() or projects.order_by("-id").first()
