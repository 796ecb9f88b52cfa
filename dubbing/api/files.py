"""Final videos, subtitles and uploads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from ninja import Router

from dubbing import uploads
from dubbing.api import representations
from dubbing.api.caller import caller
from dubbing.api.schemas import UploadOut
from dubbing.models import Upload
from dubbing.web.files import views as files

router = Router(tags=["Files"])

_BYTES: dict[str, Any] = {"type": "string", "format": "binary"}


def _sends(kind: str, *, ranges: bool = False) -> dict[str, Any]:
    """What the OpenAPI document says about an address that sends a file."""
    content = {kind: {"schema": _BYTES}}
    answers: dict[str, Any] = {"200": {"description": "The file", "content": content}}
    if ranges:
        answers["302"] = {"description": "The file is in a bucket, for a few minutes at this address"}
        answers["206"] = {"description": "The part that was asked for", "content": content}
        answers["416"] = {"$ref": "#/components/responses/Problem"}
    return {"responses": answers | {"304": {"description": "It did not change"}}}


@router.get(
    "/results/{int:result_id}/file", openapi_extra=_sends("video/mp4", ranges=True), summary="Download a final video"
)
def download_result(request: HttpRequest, result_id: int) -> HttpResponseBase:
    """The file as the provider delivered it. Resume a broken download with a Range header."""
    return files.result_download(request, caller(request).result(result_id).pk)


@router.api_operation(["HEAD"], "/results/{int:result_id}/file", include_in_schema=False)
def head_result(request: HttpRequest, result_id: int) -> HttpResponseBase:
    """Its length, and its hash as ETag."""
    return download_result(request, result_id)


@router.get(
    "/languages/{int:language_id}/subtitles.srt",
    openapi_extra=_sends("application/x-subrip"),
    summary="Read subtitles as SRT",
)
def read_srt(request: HttpRequest, language_id: int) -> HttpResponseBase:
    """The subtitles of a language on the timeline of its final video. 404 if there are none."""
    return files.subtitles_srt(request, caller(request).dubbing(language_id).pk)


@router.get(
    "/languages/{int:language_id}/subtitles.vtt", openapi_extra=_sends("text/vtt"), summary="Read subtitles as WebVTT"
)
def read_vtt(request: HttpRequest, language_id: int) -> HttpResponseBase:
    """The same as WebVTT."""
    return files.subtitles_vtt(request, caller(request).dubbing(language_id).pk)


@router.get("/uploads/{uuid:upload_id}", response=UploadOut, summary="Read an upload")
def read_upload(request: HttpRequest, upload_id: UUID) -> UploadOut:
    """The status of a file that the token’s person is uploading or has uploaded."""
    row = Upload.objects.owned_by(caller(request).user).filter(pk=upload_id).first()
    if row is None:
        raise Http404
    uploads.offset_of(row)
    return representations.upload(row)
