"""Decisions on a version: approve, request changes, reopen."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dubbing.models.reviews import ReviewStatus
from dubbing.platform import locales
from dubbing.platform.errors import NotPossible
from dubbing.review import decisions
from dubbing.web.shared.users import signed_in
from dubbing.web.version.views import visible_version


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve what the page showed."""
    dubbing, user = visible_version(request, pk).dubbing, signed_in(request)
    try:
        review = decisions.approve(dubbing, user, seen=request.POST.get("seen", ""))
    except NotPossible as problem:
        messages.error(request, gettext("Not approved. %(problem)s") % {"problem": problem})
        return redirect("version", pk)
    names = {"language": locales.display_name(dubbing.locale)}
    if review.status == ReviewStatus.REVIEWED:
        messages.success(request, gettext("%(language)s reviewed. A project owner approves it next.") % names)
    else:
        messages.success(request, gettext("%(language)s approved.") % names)
    return redirect("version", pk)


@require_POST
def request_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """Request changes, with a reason."""
    dubbing, reason = visible_version(request, pk).dubbing, request.POST.get("reason", "")
    try:
        decisions.request_changes(dubbing, signed_in(request), reason=reason, seen=request.POST.get("seen", ""))
    except NotPossible as problem:
        messages.error(request, gettext("Changes not requested. %(problem)s") % {"problem": problem})
        return redirect("version", pk)
    messages.success(request, gettext("Changes requested."))
    return redirect("version", pk)


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Reopen the review."""
    dubbing, reason = visible_version(request, pk).dubbing, request.POST.get("reason", "")
    try:
        decisions.reopen(dubbing, signed_in(request), reason=reason)
    except NotPossible as problem:
        messages.error(request, gettext("Not reopened. %(problem)s") % {"problem": problem})
        return redirect("version", pk)
    messages.success(request, gettext("Review reopened."))
    return redirect("version", pk)
