"""Serve files to people who may see them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dubbing import subtitles
from dubbing.models import Asset, Dubbing, Result, Upload
from dubbing.platform import storage
from dubbing.uploads import signed_links
from dubbing.web.shared import responses

SAMPLES = ("sample.mp4", "sample.en-US.srt", "sample.es-ES.srt")


@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a result for playing."""
    row = get_object_or_404(Result.objects.visible_to(request.user), pk=pk)
    return responses.serve(request, row.key, etag=row.sha256, kind="video/mp4")


@require_safe
def result_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a result for saving, under a descriptive name."""
    rows = Result.objects.visible_to(request.user).select_related("version__dubbing__asset")
    row = get_object_or_404(rows, pk=pk)
    name = _name(row.version.dubbing, "mp4")
    return responses.serve(request, row.key, etag=row.sha256, kind="video/mp4", download_as=name)


@require_safe
def source(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the source video, if the portal holds it."""
    asset = get_object_or_404(Asset.objects.visible_to(request.user).select_related("source"), pk=pk)
    return _serve_upload(request, asset.source)


@require_safe
def background(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the uploaded background sound of the asset, for listening."""
    asset = get_object_or_404(Asset.objects.visible_to(request.user).select_related("background"), pk=pk)
    return _serve_upload(request, asset.background)


@require_safe
def poster(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a picture from the source."""
    asset = get_object_or_404(Asset.objects.visible_to(request.user).select_related("source"), pk=pk)
    if asset.source is None or not asset.source.poster_key:
        raise Http404
    key = asset.source.poster_key
    # A poster never changes under its key, and lists show many.
    return responses.serve(request, key, etag=key, kind="image/jpeg", cache="max-age=3600")


@require_safe
def subtitles_vtt(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the target subtitles on the result's timeline as WebVTT, for the player or for saving."""
    dubbing, cues = _target_cues(request, pk)
    name = _name(dubbing, "vtt")
    return responses.text(request, subtitles.to_webvtt(cues), kind=responses.content_type(name), download_as=name)


@require_safe
def subtitles_srt(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the target subtitles on the result's timeline as SRT, for saving."""
    dubbing, cues = _target_cues(request, pk)
    name = _name(dubbing, "srt")
    return responses.text(request, subtitles.to_srt(cues), kind=responses.content_type(name), download_as=name)


@require_safe
def source_subtitles(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the transcript on the source's timeline, for the player; 404 if it has no times."""
    asset = get_object_or_404(Asset.objects.visible_to(request.user), pk=pk)
    cues = _cues(asset.source_srt)
    name = storage.safe_download_name(str(asset), f".{asset.source_locale or 'source'}.vtt")
    return responses.text(request, subtitles.to_webvtt(cues), kind=responses.content_type(name), download_as=name)


@login_not_required
@require_safe
def shared(request: HttpRequest, signed: str) -> HttpResponseBase:
    """Send a source to a provider that fetches it: works for anybody with the link until it expires."""
    return _serve_upload(request, signed_links.upload_behind(signed))


@require_safe
def sample(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send the sample video or its subtitles, for trying the portal."""
    if name not in SAMPLES:
        raise Http404
    path = settings.SAMPLES_DIR / name
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise Http404 from error
    etag = f"{status.st_size:x}-{status.st_mtime_ns:x}"
    return responses.serve_path(request, path, etag=etag, kind=responses.content_type(name), download_as=name)


def _target_cues(request: HttpRequest, pk: int) -> tuple[Dubbing, tuple[subtitles.Cue, ...]]:
    dubbing = get_object_or_404(Dubbing.objects.visible_to(request.user).select_related("asset"), pk=pk)
    sent = dubbing.as_sent(dubbing.asset)
    return dubbing, subtitles.shift_and_clip(_cues(dubbing.srt), sent.start, sent.end)


def _cues(srt: str) -> tuple[subtitles.Cue, ...]:
    try:
        return subtitles.read(srt).cues
    except subtitles.SubtitleError as error:
        raise Http404 from error


def _serve_upload(request: HttpRequest, upload: Upload | None) -> HttpResponseBase:
    if upload is None or not upload.key:
        raise Http404
    kind = responses.content_type(upload.key)
    return responses.serve(request, upload.key, etag=upload.sha256, kind=kind)


def _name(dubbing: Dubbing, suffix: str) -> str:
    return storage.safe_download_name(str(dubbing.asset), f".{dubbing.locale}.{suffix}")
