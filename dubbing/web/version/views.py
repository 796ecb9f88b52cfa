"""A version: play it beside its source, download it, send it back to editing."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing import tasks
from dubbing.models import Asset, Result, Version
from dubbing.models.prepared import PreparedQuery
from dubbing.notices import inbox
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.sync import revise_requests
from dubbing.web.shared.users import signed_in
from dubbing.web.version import checks
from dubbing.web.version import page as pages
from dubbing.web.version import room as rooms
from dubbing.web.version.room import TypedComment

STOP_POLLING = 286  # htmx's own status


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the review room.

    ``?side=source&t=12.3``: what is played; ``?show=resolved&comments=250``: which comments.
    """
    version = visible_version(request, pk)
    inbox.mark_read_of_review(signed_in(request), version.dubbing.asset_id, version.dubbing.locale)
    return render_page(request, version)


@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the version's current status; ``?result=7``: the one that the page plays.

    286 once nothing changes any more.
    """
    version = visible_version(request, pk)
    page = pages.build(version, version.dubbing.asset.role_of(request.user))
    played = numbers.whole(request.GET.get("result")) or 0
    newer = page.result if page.result and page.result.pk != played else None
    context = {"page": page, "played": played, "newer": newer}
    return render(request, "version/_state.html", context, status=STOP_POLLING if page.is_final else 200)


@require_POST
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it back to editing: the provider's result is destroyed, ours stays."""
    version = visible_version(request, pk)
    get_object_or_404(Asset.objects.editable_by(request.user), pk=version.dubbing.asset_id)
    try:
        revise_requests.ask_to_revise(version, signed_in(request))
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("version", pk)
    tasks.revise.enqueue(pk)
    messages.success(request, gettext("Sending it back to editing. Final videos saved here are kept."))
    return redirect("asset", version.dubbing.asset_id)


def render_page(
    request: HttpRequest, version: Version, typed: TypedComment | None = None, *, status: int = 200
) -> HttpResponse:
    """The whole page; ``typed``: what somebody entered that was refused."""
    user = signed_in(request)
    room = rooms.room_of(version, user, request.GET)
    if typed:
        room.refuse(typed)
    page = pages.build(version, room.role)
    shows_source = page.has_source and (request.GET.get("side") == "source" or page.result is None)
    played = page.result.pk if page.result else 0
    panel = checks.panel(page.result, may_edit=page.may_edit)
    context = {
        "version": version,
        "page": page,
        "room": room,
        "checks": panel,
        "side": "source" if shows_source else "dub",
        "played": played,
    }
    return render(request, "version/page.html", context, status=status)


def visible_version(request: HttpRequest, pk: int) -> Version:
    """The version with its asset and results, or 404."""
    results = Prefetch("results", Result.objects.select_related("quality"))
    version: Version | None = _VERSION.first(version=pk)
    if version is None or not version.dubbing.asset.is_visible_to(request.user):
        raise Http404
    prefetch_related_objects([version], results)
    return version


def _with_asset(version: int) -> QuerySet[Version, Version]:
    return Version.objects.select_related("dubbing__asset__source", "dubbing__asset__project").filter(pk=version)


_VERSION = PreparedQuery(_with_asset, "version")
