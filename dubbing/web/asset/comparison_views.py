"""Try an asset with another provider, and compare the dubs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dubbing.drafts import saved_drafts
from dubbing.models import Asset
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.web.asset import comparison as pages
from dubbing.web.shared.users import signed_in

STOP_POLLING = 286  # htmx's own status


@require_POST
def try_with(request: HttpRequest, pk: int) -> HttpResponse:
    """Create a draft of the same for another provider. Nothing is sent yet."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    try:
        copy = saved_drafts.try_with(asset, request.POST.get("provider", ""), signed_in(request))
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("asset", pk)
    return redirect("asset-edit", copy.pk)


@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show source and dubs side by side, one of them audible. ``?locale=es-ES&listen=2&t=4.5`` opens it there."""
    page = _page(request, pk)
    may_edit = Asset.objects.editable_by(request.user).filter(pk=pk).exists()
    return render(request, "asset/compare.html", {"page": page, "takes": len(page.takes), "may_edit": may_edit})


@require_safe
def others(request: HttpRequest, pk: int) -> HttpResponse:
    """Show assets without a dub in this language; ``?takes=2``: how many the page plays.

    286 once nothing changes any more.
    """
    page = _page(request, pk)
    takes = numbers.whole(request.GET.get("takes")) or 0
    context = {"page": page, "takes": takes, "more": len(page.takes) - takes}
    return render(request, "asset/_compare_others.html", context, status=200 if page.moving else STOP_POLLING)


def _page(request: HttpRequest, pk: int) -> pages.ComparePage:
    assets = Asset.objects.visible_to(request.user).select_related("source", "project")
    asset = get_object_or_404(assets, pk=pk)
    asked, audible = request.GET.get("locale", ""), request.GET.get("listen", "")
    return pages.build(asset, request.user, locale=asked, audible=audible)
