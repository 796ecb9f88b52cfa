"""Approve a request, request changes, or withdraw it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dubbing import tasks
from dubbing.models import Asset, Project
from dubbing.platform import formatting, numbers
from dubbing.platform.errors import NotPossible
from dubbing.submissions import approvals
from dubbing.web.shared.users import signed_in


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve and send the video: a paid step."""
    asset = _owned(request, pk)
    user, asked = signed_in(request), _number(request, "asked")
    cost = _number(request, "milliseconds") if request.POST.get("milliseconds") else None
    try:
        made = approvals.approve(asset, user, asked=asked, milliseconds=cost)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("asset", pk)
    tasks.enqueue_submissions(made)
    messages.success(request, gettext("Approved. The video is being sent."))
    # Another attempt belongs to the video that failed.
    return redirect("asset", made[0].asset_id)


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return it to be changed first."""
    asset = _owned(request, pk)
    reason = request.POST.get("reason", "")
    try:
        approvals.give_back(asset, signed_in(request), asked=_number(request, "asked"), reason=reason)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("asset", pk)
    message = gettext("You requested changes to “%(video)s” from %(person)s. Nothing was sent.")
    names = {"video": formatting.isolated(str(asset)), "person": asset.created_by.get_username()}
    messages.success(request, message % names)
    # A draft is private to its author again.
    return redirect("asset", pk) if _sees(request, pk) else redirect("project", asset.project_id)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw the request, to change or drop it."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    if asset.status == Asset.Status.AWAITING and not approvals.may_take_back(asset, signed_in(request)):
        raise Http404
    try:
        approvals.take_back(asset, signed_in(request))
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("asset", pk) if _sees(request, pk) else redirect("project", asset.project_id)


def _owned(request: HttpRequest, pk: int) -> Asset:
    owned = Project.objects.owned_by(request.user).values("pk")
    assets = Asset.objects.visible_to(request.user).filter(project__in=owned)
    return get_object_or_404(assets.select_related("project", "created_by"), pk=pk)


def _sees(request: HttpRequest, pk: int) -> bool:
    return Asset.objects.visible_to(request.user).filter(pk=pk).exists()


def _number(request: HttpRequest, name: str) -> int:
    return numbers.whole(request.POST.get(name)) or 0
