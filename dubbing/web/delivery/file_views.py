"""The files of a delivery, for everybody who may see every video in it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dubbing.delivery import deliveries
from dubbing.delivery.names import cleaned
from dubbing.models import Asset, Delivery, DeliveryEntry
from dubbing.platform.errors import NotPossible
from dubbing.web.delivery import passport_page
from dubbing.web.shared import responses
from dubbing.web.shared.users import signed_in


@require_safe
def archive(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download all files as one ZIP, or a part of it: interrupted downloads can be resumed."""
    delivery = _delivery(request, pk)
    try:
        _make_sure(request, delivery)
        made = deliveries.archive_of(delivery)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("delivery", pk)
    name = f"{cleaned(delivery.project.name) or 'delivery'}_{delivery.created_at:%Y-%m-%d}_{delivery.pk}.zip"
    response = responses.serve_archive(request, made, download_as=name)
    _note(request, response, delivery)
    return response


@require_safe
def entry(request: HttpRequest, pk: int, entry_pk: int) -> HttpResponseBase:
    """Download one of its files."""
    delivery = _delivery(request, pk)
    wanted = get_object_or_404(DeliveryEntry, delivery=delivery, pk=entry_pk)
    try:
        _make_sure(request, delivery)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("delivery", pk)
    response = responses.serve_piece(request, deliveries.piece_of(wanted), etag=wanted.sha256, download_as=wanted.name)
    _note(request, response, delivery, wanted)
    return response


@require_safe
def passport(request: HttpRequest, pk: int, entry_pk: int) -> HttpResponse:
    """Show a passport for printing, as long as the person sees the video; even when the delivery is over."""
    seen = Asset.objects.visible_to(request.user).reached_by("asset")
    passports = DeliveryEntry.objects.filter(seen, kind=DeliveryEntry.Kind.PASSPORT)
    wanted = get_object_or_404(passports, delivery=_delivery(request, pk), pk=entry_pk)
    if not wanted.passport:
        raise Http404
    context = {"content": wanted.passport["content"], "sections": passport_page.sections(wanted.passport)}
    return render(request, "delivery/passport.html", context)


def _delivery(request: HttpRequest, pk: int) -> Delivery:
    return get_object_or_404(Delivery.objects.visible_to(request.user).select_related("project"), pk=pk)


def _make_sure(request: HttpRequest, delivery: Delivery) -> None:
    """Check that there is something this person may have now. Raises NotPossible."""
    if delivery.is_over:
        raise NotPossible(gettext("This delivery has expired. Create a new one."))
    if delivery.status != Delivery.Status.READY:
        raise NotPossible(gettext("This delivery is not ready."))
    if not delivery.may_be_taken_by(request.user):
        message = gettext("A video in this delivery was moved to another project or to trash. Create a new delivery.")
        raise NotPossible(message)


def _note(
    request: HttpRequest, response: HttpResponseBase, delivery: Delivery, taken: DeliveryEntry | None = None
) -> None:
    """Record who downloaded what. Asking whether it changed does not count."""
    if request.method == "GET" and response.status_code in (200, 206, 302):
        asked = request.headers.get("Range", "").replace(" ", "")
        goes_on = bool(asked) and not asked.lower().startswith("bytes=0-")
        deliveries.note_download(delivery, signed_in(request), entry=taken, goes_on=goes_on)
