"""What a page needs to show a source: a film that browsers play, its waveform, and whether they are there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dubbing import tasks
from dubbing.models import Asset, Result
from dubbing.platform import storage
from dubbing.review import waveforms
from dubbing.web.shared import responses

if TYPE_CHECKING:
    from dubbing.models import Upload


@require_safe
def film(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The source as browsers play it: a copy if there is one, else itself; 404 when they play neither."""
    source = _source(request, pk)
    if source.proxy_key:
        key = source.proxy_key
        return responses.serve(request, storage.path(key), etag=key, kind="video/mp4")
    if not source.is_shown:
        raise Http404
    kind = "video/webm" if source.media.get("container") == "matroska" else "video/mp4"
    return responses.serve(request, storage.path(source.key), etag=source.sha256, kind=kind)


@require_safe
def peaks(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How loud the source is from beginning to end: ``{"duration": seconds, "peaks": [0..1, …]}``."""
    key = _source(request, pk).peaks_key
    if not key:
        raise Http404
    # It never changes under its key.
    return responses.serve(request, storage.path(key), etag=key, kind="application/json", cache="max-age=3600")


@require_safe
def result_peaks(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How loud a result is, as for a source; 202 while it is being drawn."""
    result = get_object_or_404(Result.objects.visible_to(request.user), pk=pk)
    if not waveforms.is_drawn(result):
        tasks.draw_result.enqueue(result.pk)
        return HttpResponse(status=202, headers={"Retry-After": "2", "Cache-Control": "no-store"})
    key = waveforms.key_of(result)
    return responses.serve(request, storage.path(key), etag=key, kind="application/json", cache="max-age=3600")


@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The parts of a page that change when a film or its waveform can be shown."""
    source = _source(request, pk)
    context = {"asset": Asset(pk=pk, source=source), "upload": source, "name": "source"}
    return render(request, "asset_form/_preview.html", context)


def _source(request: HttpRequest, pk: int) -> Upload:
    asset = get_object_or_404(Asset.objects.visible_to(request.user).select_related("source"), pk=pk)
    if asset.source is None or not asset.source.key or asset.source.status != asset.source.Status.COMPLETE:
        raise Http404
    return asset.source
