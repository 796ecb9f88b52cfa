"""The name, due date and tags of an asset, changed from the menu of its page."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dubbing.assets import details
from dubbing.models import Asset
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.web.shared.users import signed_in


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename an asset."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    try:
        details.rename(asset, request.POST.get("name", ""), signed_in(request))
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("asset", pk)


@require_POST
def due_date(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the due date; a blank one removes it."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    typed = request.POST.get("due", "").strip()
    try:
        chosen = date.fromisoformat(typed) if typed and "clear" not in request.POST else None
    except ValueError:
        messages.error(request, gettext("“%(text)s” is not a date. Use year-month-day.") % {"text": typed[:20]})
        return redirect("asset", pk)
    details.set_due_date(asset, chosen, signed_in(request))
    return redirect("asset", pk)


@require_POST
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    """Add the tag that was entered, or remove the one whose button was pressed."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    user, removed = signed_in(request), numbers.whole(request.POST.get("remove"))
    try:
        if removed is not None:
            details.remove_tag(asset, removed, user)
        else:
            details.add_tag(asset, request.POST.get("tag", ""), user)
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("asset", pk)
