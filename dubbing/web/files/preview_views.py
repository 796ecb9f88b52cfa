"""Serve previews of a source: the browser copy and the waveform, and whether they are ready."""

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
def preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the source for playing: a copy if there is one, else the file itself; 404 if browsers play neither."""
    source = _source(request, pk)
    playable = responses.playable(source)
    if playable is None:
        raise Http404
    key, kind = playable
    etag = key if key == source.proxy_key else source.sha256
    return responses.serve(request, key, etag=etag, kind=kind)


@require_safe
def peaks(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the waveform of the source: ``{"duration": seconds, "peaks": [0..1, …]}``."""
    key = _source(request, pk).peaks_key
    if not key:
        raise Http404
    # The file under a key never changes.
    return responses.serve_ourselves(request, key, etag=key, kind="application/json", cache="max-age=3600")


@require_safe
def result_peaks(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the waveform of a result, as for a source; 202 while it is being drawn."""
    result = get_object_or_404(Result.objects.visible_to(request.user), pk=pk)
    try:
        is_drawn = waveforms.is_drawn(result)
    except storage.Unavailable as problem:
        return responses.unavailable(problem)
    if not is_drawn:
        tasks.draw_result.enqueue(result.pk)
        return HttpResponse(status=202, headers={"Retry-After": "2", "Cache-Control": "no-store"})
    key = waveforms.key_of(result)
    return responses.serve_ourselves(request, key, etag=key, kind="application/json", cache="max-age=3600")


@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the parts of a page that change when a video or its waveform becomes available."""
    source = _source(request, pk)
    context = {"asset": Asset(pk=pk, source=source), "upload": source, "name": "source"}
    return render(request, "asset_form/_preview.html", context)


def _source(request: HttpRequest, pk: int) -> Upload:
    asset = get_object_or_404(Asset.objects.visible_to(request.user).select_related("source"), pk=pk)
    if asset.source is None or not asset.source.key or asset.source.status != asset.source.Status.COMPLETE:
        raise Http404
    return asset.source
