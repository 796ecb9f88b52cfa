"""A file as an HTTP answer: whole, in part, or not at all because the browser has it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from django.utils.translation import gettext

from dubbing.platform import tables, workbooks
from dubbing.web.shared.byte_ranges import BLOCK, FileSlice, Unsatisfiable, parse_range
from portal.addresses import client_address
from portal.client_connection import Wire
from portal.concurrency_limits import Full, Places

AT_ONCE, PERSON_AT_ONCE, ADDRESS_AT_ONCE = 600, 100, 200
"""Files on their way to browsers, in one process. They cost an open file each, and no thread."""
_places = Places(AT_ONCE, person=PERSON_AT_ONCE, address=ADDRESS_AT_ONCE)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Only these are ever named to a browser. What a person uploaded never chooses its own type.
_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",  # browsers play the ones they can under this name, and none under its own
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".jpg": "image/jpeg",
    ".srt": "application/x-subrip; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
}


def content_type(name: str) -> str:
    """A safe type for a file of this name."""
    return _TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


def attachment(name: str) -> str:
    """Content-Disposition for a download under this name (RFC 6266): plain for old clients, exact for the others."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def serve(
    request: HttpRequest, path: Path, *, etag: str, kind: str, download_as: str = "", cache: str = "no-cache"
) -> HttpResponseBase:
    """The file at ``path``, or the part that is asked for. 404 when it is gone."""
    headers = _headers(etag, kind, download_as, cache)
    whole = HttpResponse(headers=headers)
    conditional = get_conditional_response(request, etag=headers["ETag"], response=whole)
    if conditional is not None and conditional is not whole:
        return conditional
    try:
        size = path.stat().st_size
        part = parse_range(_asked_range(request, headers["ETag"]), size)
        if isinstance(part, Unsatisfiable):
            return HttpResponse(status=416, headers=headers | {"Content-Range": part.content_range})
        first, length = (part.first, part.length) if part else (0, size)
        headers["Content-Length"] = str(length)
        if part:
            headers["Content-Range"] = part.content_range
        if request.method == "HEAD":
            return HttpResponse(headers=headers)
        if settings.X_ACCEL_PREFIX and path.is_relative_to(settings.MEDIA_ROOT):
            return _handed_to_nginx(request, path, headers, is_part=part is not None)
        # The response owns the file from here on, and closes it however the transfer ends.
        file = path.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = _Transfer(file, first, length, status=206 if part else 200, headers=headers)
    try:
        response.begin(request)
    except Full as full:
        response.close()
        return _too_many(full)
    return response


def _handed_to_nginx(request: HttpRequest, path: Path, headers: dict[str, str], *, is_part: bool) -> HttpResponse:
    """Only the headers; nginx adds the file and counts it, and knows of ranges no more than that this one counts."""
    whole = "" if is_part or "Range" not in request.headers else "/whole"
    place = path.relative_to(settings.MEDIA_ROOT).as_posix()
    made_by_nginx = {"Content-Length", "Content-Range", "Accept-Ranges"}
    kept = {name: value for name, value in headers.items() if name not in made_by_nginx}
    kept["X-Accel-Redirect"] = f"{settings.X_ACCEL_PREFIX}{whole}/{quote(place)}"
    # An empty one is not counted: a signed link belongs to no person.
    kept["X-Portal-Person"] = str(request.user.pk or "")
    kept["X-Portal-Address"] = client_address(request)
    return HttpResponse(headers=kept)


class _Transfer(StreamingHttpResponse):
    """A part of a file on its way."""

    # What Django's handler looks for.
    file_to_stream: BinaryIO | None = None
    block_size = BLOCK

    def __init__(self, file: BinaryIO, first: int, length: int, **more: Any) -> None:
        super().__init__(FileSlice(file, first, length), **more)
        self._file = file

    def begin(self, request: HttpRequest) -> None:
        """Our own server sends a file without a thread, and counts it for as long as that takes. Raises Full."""
        wire = request.META.get("gunicorn.socket")
        if isinstance(wire, Wire):
            wire.when_sent(_places.take(request, wire.idle_for, wire.give_up).leave)
            self.file_to_stream = self._file


def _too_many(full: Full) -> HttpResponse:
    reason = gettext("Many files are being downloaded right now. Try again in a moment.")
    if full.yours:
        reason = gettext("You have many downloads open. Try again in a moment.")
    headers = {"Retry-After": "5", "Content-Type": "text/plain; charset=utf-8"}
    return HttpResponse(f"{reason}\n", status=429 if full.yours else 503, headers=headers)


def text(request: HttpRequest, content: str, *, kind: str, download_as: str = "") -> HttpResponse:
    """A small text made on the spot."""
    headers = _headers("", kind, download_as, "no-cache")
    del headers["ETag"], headers["Accept-Ranges"]
    return HttpResponse(content, headers=headers)


def csv_file(rows: Iterable[Iterable[str]], *, name: str) -> StreamingHttpResponse:
    """A table of texts as CSV to download, row by row. Cells that people typed have to be ``harmless`` already."""
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return StreamingHttpResponse(tables.written(rows), content_type="text/csv; charset=utf-8", headers=headers)


def workbook(rows: Iterable[Iterable[str]], *, title: str, name: str) -> HttpResponse:
    """A table of texts as a workbook to download. ``title``: of its sheet."""
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(workbooks.written(rows, title=title), content_type=_XLSX, headers=headers)


def _headers(etag: str, kind: str, download_as: str, cache: str) -> dict[str, str]:
    headers = {
        "Content-Type": kind,
        "ETag": quote_etag(etag),
        "Accept-Ranges": "bytes",
        "Cache-Control": f"private, {cache}",
        "X-Content-Type-Options": "nosniff",
    }
    return headers | ({"Content-Disposition": attachment(download_as)} if download_as else {})


def _asked_range(request: HttpRequest, etag: str) -> str | None:
    """The Range header, unless it belongs to another state of the file or another method."""
    condition = request.headers.get("If-Range")
    if request.method != "GET" or (condition is not None and condition.strip() != etag):
        return None
    return request.headers.get("Range")
