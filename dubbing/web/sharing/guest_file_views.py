"""Files to guests, at addresses of the link alone: whoever has no link, or had one, gets nothing."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dubbing import subtitles
from dubbing.delivery import deliveries
from dubbing.models import Delivery, DeliveryEntry, ShareVisit
from dubbing.platform import storage
from dubbing.platform.errors import NotPossible
from dubbing.web.shared import responses
from dubbing.web.sharing.guest_page import shown_cues
from dubbing.web.sharing.guests import Guest, passed, shown_dubbing, shown_result


@require_safe
@passed
def video(guest: Guest) -> HttpResponseBase:
    """The dub, to be played."""
    result = shown_result(guest.link)
    response = responses.serve(guest.request, result.key, etag=result.sha256, kind="video/mp4")
    return _noted(guest, response, ShareVisit.Kind.PLAYED)


@require_safe
@passed
def source(guest: Guest) -> HttpResponseBase:
    """The source video, to be played, if the link shows it."""
    upload = shown_dubbing(guest.link).asset.source
    playable = responses.playable(upload) if upload and guest.link.shows_source else None
    if playable is None:
        raise Http404
    key, kind = playable
    response = responses.serve(guest.request, key, etag=key, kind=kind)
    return _noted(guest, response, ShareVisit.Kind.PLAYED, "source")


@require_safe
@passed
def poster(guest: Guest) -> HttpResponseBase:
    """A picture from the video."""
    upload = shown_dubbing(guest.link).asset.source
    if upload is None or not upload.poster_key:
        raise Http404
    return responses.serve(guest.request, upload.poster_key, etag=upload.poster_key, kind="image/jpeg")


@require_safe
@passed
def subtitles_vtt(guest: Guest) -> HttpResponseBase:
    """The subtitles for the player."""
    content = subtitles.to_webvtt(shown_cues(shown_dubbing(guest.link)))
    return responses.text(guest.request, content, kind=responses.content_type("subtitles.vtt"))


@require_safe
@passed
def download(guest: Guest) -> HttpResponseBase:
    """The dub, to be saved, if the link allows it."""
    result = shown_result(_downloading(guest).link)
    name = _name(guest, "mp4")
    response = responses.serve(guest.request, result.key, etag=result.sha256, kind="video/mp4", download_as=name)
    return _noted(guest, response, ShareVisit.Kind.DOWNLOADED, name)


@require_safe
@passed
def subtitles_srt(guest: Guest) -> HttpResponseBase:
    """The subtitles, to be saved, if the link allows it."""
    name = _name(_downloading(guest), "srt")
    content = subtitles.to_srt(shown_cues(shown_dubbing(guest.link)))
    response = responses.text(guest.request, content, kind=responses.content_type(name), download_as=name)
    return _noted(guest, response, ShareVisit.Kind.DOWNLOADED, name)


@require_safe
@passed
def archive(guest: Guest) -> HttpResponseBase:
    """All files of a delivery as one ZIP, or a part of it, if the link allows it."""
    delivery = _delivery(guest)
    try:
        made = deliveries.archive_of(delivery)
    except NotPossible as problem:
        raise Http404 from problem
    # Nothing of the project in the name: it was not shared.
    name = f"delivery_{delivery.created_at:%Y-%m-%d}.zip"
    response = responses.serve_archive(guest.request, made, download_as=name)
    return _noted(guest, response, ShareVisit.Kind.DOWNLOADED, name)


@require_safe
@passed
def entry(guest: Guest, entry_pk: int) -> HttpResponseBase:
    """One file of a delivery, if the link allows it."""
    wanted = get_object_or_404(DeliveryEntry, delivery=_delivery(guest), pk=entry_pk)
    piece = deliveries.piece_of(wanted)
    response = responses.serve_piece(guest.request, piece, etag=wanted.sha256, download_as=wanted.name)
    return _noted(guest, response, ShareVisit.Kind.DOWNLOADED, wanted.name)


def _downloading(guest: Guest) -> Guest:
    if not guest.link.may_download:
        raise Http404
    return guest


def _delivery(guest: Guest) -> Delivery:
    delivery = _downloading(guest).link.delivery
    if delivery is None:
        raise Http404
    return delivery


def _name(guest: Guest, suffix: str) -> str:
    dubbing = shown_dubbing(guest.link)
    return storage.safe_download_name(str(dubbing.asset), f".{dubbing.locale}.{suffix}")


def _noted(guest: Guest, response: HttpResponseBase, kind: ShareVisit.Kind, what: str = "") -> HttpResponseBase:
    """Write it down, unless nothing was sent: asking whether it changed takes nothing."""
    if guest.request.method == "GET" and response.status_code in (200, 206, 302):
        guest.note(kind, what)
    return response
