"""Send a file: whole, in part, or not at all if the browser already has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from django.utils.translation import gettext

from dubbing.models import Upload
from dubbing.platform import storage, tables, workbooks
from dubbing.platform.archives import Archive, Part, Piece
from dubbing.web.shared.byte_ranges import BLOCK, FileSlice, Unsatisfiable, parse_range
from portal.addresses import client_address
from portal.client_connection import Wire
from portal.concurrency_limits import Full, Places

AT_ONCE, PERSON_AT_ONCE, ADDRESS_AT_ONCE = 600, 100, 200
"""Files being sent to browsers, per process: each takes an open file, and no thread."""
_places = Places(AT_ONCE, person=PERSON_AT_ONCE, address=ADDRESS_AT_ONCE)
# These take a thread each, of which there are 64 (WEB_THREADS).
_bucket_places = Places(16, person=8, address=12)

PLAYED_WITHIN, SAVED_WITHIN = timedelta(hours=6), timedelta(minutes=5)
"""How long an address in the bucket is valid: a player asks for parts as long as somebody watches, a download once."""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Only these types are ever sent to a browser. An uploaded file never chooses its own type.
_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",  # browsers play those they can under this type, and none under its own
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".jpg": "image/jpeg",
    ".srt": "application/x-subrip; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".json": "application/json",
    ".ttml": "application/ttml+xml",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".csv": "text/csv; charset=utf-8",
}


def content_type(name: str) -> str:
    """A safe content type for a file of this name."""
    return _TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


def playable(source: Upload) -> tuple[str, str] | None:
    """The key and the type of a source as browsers play it: a copy if there is one, else the file; None if neither."""
    if source.proxy_key:
        return source.proxy_key, "video/mp4"
    kind = "video/webm" if source.media.get("container") == "matroska" else "video/mp4"
    return (source.key, kind) if source.key and source.is_shown else None


def attachment(name: str) -> str:
    """Content-Disposition for a download under this name (RFC 6266): simplified for old clients, exact for others."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def serve(
    request: HttpRequest, key: str, *, etag: str, kind: str, download_as: str = "", cache: str = "no-cache"
) -> HttpResponseBase:
    """The file with this key in storage, or the requested part of it. 404 if it is gone.

    If it is in a bucket, the browser is sent there, with an address that is valid for a while.
    """
    if storage.is_in_folder(key):
        try:
            return serve_path(request, storage.path(key), etag=etag, kind=kind, download_as=download_as, cache=cache)
        except Http404:
            if storage.is_in_folder(key):  # otherwise it was moved at this very moment
                raise
    headers = _headers(etag, kind, download_as, cache)
    if (unchanged := _unchanged(request, headers)) is not None:
        return unchanged
    if request.method == "HEAD":  # the address is for GET alone
        return _sent_by_us(request, key, headers)
    disposition = headers.get("Content-Disposition", "")
    lasts = SAVED_WITHIN if download_as else PLAYED_WITHIN
    try:
        address = storage.link(key, lasts=lasts, kind=kind, disposition=disposition, cache=cache)
    except storage.Unavailable as problem:
        return unavailable(problem)
    # The disposition is for the audit log, which records downloads by it.
    kept = {name: headers[name] for name in ("Cache-Control", "Content-Disposition") if name in headers}
    return HttpResponseRedirect(address, headers=kept)


def serve_ourselves(
    request: HttpRequest, key: str, *, etag: str, kind: str, cache: str = "no-cache"
) -> HttpResponseBase:
    """The same for what scripts read, and for what must not give away its key: nobody is sent to a bucket."""
    if storage.is_in_folder(key):
        return serve(request, key, etag=etag, kind=kind, cache=cache)
    headers = _headers(etag, kind, "", cache)
    return _unchanged(request, headers) or _sent_by_us(request, key, headers)


def _sent_by_us(request: HttpRequest, key: str, headers: dict[str, str]) -> HttpResponseBase:
    """The object in the bucket, or the requested part of it, read as the client accepts it."""
    try:
        size = storage.size_of(key)
    except storage.Unavailable as problem:
        return unavailable(problem)
    if not size:
        raise Http404
    part = _asked_part(request, headers, size)
    if isinstance(part, HttpResponse):
        return part
    piece = Piece(storage.path(key), *part, key=key)
    return _begun(request, _Assembly(iter([piece]), headers=headers, reads_bucket=True))


def serve_path(
    request: HttpRequest, path: Path, *, etag: str, kind: str, download_as: str = "", cache: str = "no-cache"
) -> HttpResponseBase:
    """The file at ``path``, or the requested part of it. 404 if it is gone."""
    headers = _headers(etag, kind, download_as, cache)
    if (unchanged := _unchanged(request, headers)) is not None:
        return unchanged
    try:
        part = _asked_part(request, headers, path.stat().st_size)
        if isinstance(part, HttpResponse):
            return part
        if settings.X_ACCEL_PREFIX and path.is_relative_to(settings.MEDIA_ROOT):
            return _handed_to_nginx(request, path, headers, is_part="Content-Range" in headers)
        # The response owns the file from here on, and closes it however the transfer ends.
        file = path.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return _begun(request, _Transfer(file, *part, headers=headers))


def serve_archive(request: HttpRequest, archive: Archive, *, download_as: str) -> HttpResponseBase:
    """The archive, or the requested part of it, without writing it to disk or holding it in memory."""
    headers = _headers(archive.etag, "application/zip", download_as, "no-cache")
    if (unchanged := _unchanged(request, headers)) is not None:
        return unchanged
    part = _asked_part(request, headers, archive.size)
    if isinstance(part, HttpResponse):
        return part
    reads_bucket = not all(isinstance(piece, bytes) or storage.is_in_folder(piece.key) for piece in archive.parts)
    return _begun(request, _Assembly(archive.part(*part), headers=headers, reads_bucket=reads_bucket))


def serve_piece(request: HttpRequest, piece: Piece, *, etag: str, download_as: str) -> HttpResponseBase:
    """A file in storage, or one that is part of another, for saving. 404 if it is gone."""
    kind = content_type(download_as)
    try:
        size = storage.size_of(piece.key)
    except storage.Unavailable as problem:
        return unavailable(problem)
    if piece.offset == 0 and size == piece.size:
        return serve(request, piece.key, etag=etag, kind=kind, download_as=download_as)
    headers = _headers(etag, kind, download_as, "no-cache")
    if (unchanged := _unchanged(request, headers)) is not None:
        return unchanged
    part = _asked_part(request, headers, piece.size)
    if isinstance(part, HttpResponse):
        return part
    if not size:
        raise Http404
    asked = replace(piece, offset=piece.offset + part[0], size=part[1])
    reads_bucket = not storage.is_in_folder(piece.key)
    return _begun(request, _Assembly(iter([asked]), headers=headers, reads_bucket=reads_bucket))


def _unchanged(request: HttpRequest, headers: dict[str, str]) -> HttpResponseBase | None:
    """The answer to a client that has the file already, or expects a different one; None for others."""
    whole = HttpResponse(headers=headers)
    conditional = get_conditional_response(request, etag=headers["ETag"], response=whole)
    return None if conditional is whole else conditional


def _asked_part(request: HttpRequest, headers: dict[str, str], size: int) -> tuple[int, int] | HttpResponse:
    """First byte and length of what is to be sent, with its headers; or an answer without any of the bytes."""
    part = parse_range(_asked_range(request, headers["ETag"]), size)
    if isinstance(part, Unsatisfiable):
        return HttpResponse(status=416, headers=headers | {"Content-Range": part.content_range})
    headers["Content-Length"] = str(part.length if part else size)
    if part:
        headers["Content-Range"] = part.content_range
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    return (part.first, part.length) if part else (0, size)


def _begun(request: HttpRequest, response: _Transfer | _Assembly) -> HttpResponseBase:
    """Start a transfer: our own server sends files without a thread, and counts them as long as they take."""
    response.status_code = 206 if "Content-Range" in response.headers else 200
    wire = request.META.get("gunicorn.socket")
    if isinstance(wire, Wire):
        places = _bucket_places if isinstance(response, _Assembly) and response.reads_bucket else _places
        try:
            wire.when_sent(places.take(request, wire.idle_for, wire.give_up).leave)
        except Full as full:
            response.close()
            return _too_many(full)
        response.send_by(wire)
    return response


def _handed_to_nginx(request: HttpRequest, path: Path, headers: dict[str, str], *, is_part: bool) -> HttpResponse:
    """Only headers: nginx adds the file and counts it, and is told if it has to ignore the Range header."""
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
    """Part of a file being sent."""

    # The name that Django's handler looks for.
    file_to_stream: BinaryIO | None = None
    block_size = BLOCK

    def __init__(self, file: BinaryIO, first: int, length: int, **more: Any) -> None:
        super().__init__(FileSlice(file, first, length), **more)
        self._file = file

    def send_by(self, wire: Wire) -> None:
        """Have our server send the file itself."""
        self.file_to_stream = self._file


class _Assembly(StreamingHttpResponse):
    """Parts of an archive being sent."""

    def __init__(self, parts: Iterator[Part], *, reads_bucket: bool = False, **more: Any) -> None:
        super().__init__(self._content(parts), **more)
        self.reads_bucket = reads_bucket
        self._wire: Wire | None = None

    def send_by(self, wire: Wire) -> None:
        """Have our server read the files as the client accepts them. A bucket is read by this thread."""
        self._wire = None if self.reads_bucket else wire

    def _content(self, parts: Iterator[Part]) -> Iterator[bytes]:
        if self._wire is None:
            yield from _read(parts)
            return
        yield b""  # the server sends its header now, and the parts after it
        for part in parts:
            if isinstance(part, bytes):
                self._wire.queue(part)
            else:
                self._wire.queue(part.path, part.offset, part.size)
        self._wire.push()


def _read(parts: Iterable[Part]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
        else:
            yield from storage.read(part.key, part.offset, part.size)


def unavailable(problem: storage.Unavailable) -> HttpResponse:
    """The answer while files cannot be read."""
    headers = {"Retry-After": "10", "Content-Type": "text/plain; charset=utf-8"}
    return HttpResponse(f"{gettext(problem.message)}\n", status=503, headers=headers)


def _too_many(full: Full) -> HttpResponse:
    reason = gettext("Too many files are being downloaded right now. Try again in a moment.")
    if full.yours:
        reason = gettext("You have too many downloads open. Try again in a moment.")
    headers = {"Retry-After": "5", "Content-Type": "text/plain; charset=utf-8"}
    return HttpResponse(f"{reason}\n", status=429 if full.yours else 503, headers=headers)


def text(request: HttpRequest, content: str, *, kind: str, download_as: str = "") -> HttpResponse:
    """A small generated text."""
    headers = _headers("", kind, download_as, "no-cache")
    del headers["ETag"], headers["Accept-Ranges"]
    return HttpResponse(content, headers=headers)


def csv_file(rows: Iterable[Iterable[str]], *, name: str) -> StreamingHttpResponse:
    """A table of texts as CSV to download, row by row. Cells that people typed must have been made ``harmless``."""
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
    """The Range header, unless it is for another state of the file or another method."""
    condition = request.headers.get("If-Range")
    if request.method != "GET" or (condition is not None and condition.strip() != etag):
        return None
    return request.headers.get("Range")
