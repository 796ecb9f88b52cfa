"""The same source with several providers: try another one, and hear them in step."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dubbing.models import Asset
from dubbing.pages import comparing as pages
from dubbing.services import drafts
from dubbing.services.asking import NotPossible
from dubbing.views.people import signed_in


@require_POST
def try_with(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft of the same for another provider. Nothing is sent yet."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    try:
        copy = drafts.try_with(asset, request.POST.get("provider", ""), signed_in(request))
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("asset", pk)
    return redirect("asset-edit", copy.pk)


@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Source and dubs side by side, one of them audible. ``?locale=es-ES&listen=2&t=4.5`` opens it there."""
    assets = Asset.objects.visible_to(request.user).select_related("source", "project")
    asset = get_object_or_404(assets, pk=pk)
    asked, heard = request.GET.get("locale", ""), request.GET.get("listen", "")
    page = pages.build(asset, request.user, locale=asked, heard=heard)
    return render(request, "dubbing/compare.html", {"page": page})
