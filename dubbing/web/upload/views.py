"""Upload a file by tus 1.0.0. The only state is the row and the bytes on disk.

https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from dubbing import tasks, uploads
from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Upload
from dubbing.platform import numbers, storage
from dubbing.platform.errors import NotPossible
from dubbing.uploads import direct, refusals
from dubbing.uploads.append import Checksum
from dubbing.web.shared.users import signed_in
from dubbing.web.upload.bodies import body_of
from portal.concurrency_limits import Full, Places
from portal.input_gate import Unreadable, json_of
from portal.view_marks import answers_scripts, takes_large_body, takes_tokens

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)

View = Callable[..., HttpResponse]
VERSION = "1.0.0"
ALGORITHMS = ("sha256", "sha1")
_MOST_BYTES = 10**18
PERSON_AT_ONCE = 6
_LARGEST_HASH_BODY = 1024
_DAMAGED = 460
_TRY_LATER = _("Upload the file again. If this happens again, contact an administrator.")
_FULL = _("The portal’s disk is full, so the upload stopped. What was uploaded so far is kept.")
_RESUMES = _("The upload resumes automatically in a moment.")
_FULL_REMEDY = _("Your file is fine. Contact an administrator, then resume the upload.")


# Leave threads for page requests, however many slow uploads there are. A browser sends two files at a time; several
# people may share an address.
_places = Places(settings.UPLOADS_AT_ONCE, person=PERSON_AT_ONCE, address=settings.UPLOADS_AT_ONCE // 2)


class _Refusal(Exception):
    """Answer with this message and its remedy."""

    def __init__(self, status: int, message: StrOrPromise, remedy: StrOrPromise = _TRY_LATER, **headers: str) -> None:
        super().__init__(message)
        self.status, self.body, self.headers = status, {"message": str(message), "remedy": str(remedy)}, headers


def _tus(view: View) -> View:
    """Check the protocol version, and state ours in every answer."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            _check_version(request)
            response = view(request, *args, **kwargs)
        except _Refusal as refusal:
            response = JsonResponse(refusal.body, status=refusal.status, headers=refusal.headers)
        response.headers["Tus-Resumable"] = VERSION
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return wrapped


@takes_tokens
@answers_scripts
@require_http_methods(["OPTIONS", "POST"])
@_tus
def start(request: HttpRequest) -> HttpResponse:
    """State what is supported; or create an upload, and return where to send its bytes."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=_abilities())
    size, metadata = _length(request), _metadata(request)
    if metadata.get("kind") not in Upload.Kind.values:
        raise _Refusal(400, gettext("The upload does not say what the file is for (kind: video or background)."))
    user, asset = signed_in(request), _draft(request, metadata.get("asset"))
    if asset:
        _check_tab(asset, metadata)
    upload = _announced(user, metadata, size)
    if asset:
        _update_draft(
            saved_drafts.attach, asset, upload, user, {name: metadata.get(name, "") for name in ("tab", "tab_seen")}
        )
    place = reverse("upload", args=[upload.pk]) + (f"?asset={asset.pk}" if asset else "")
    return HttpResponse(status=201, headers={"Location": place, "Upload-Offset": "0"} | _expiry(upload))


@takes_tokens
@answers_scripts
@takes_large_body
@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@_tus
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Append bytes, return how many were received, or delete the file."""
    row = get_object_or_404(Upload.objects.owned_by(request.user), pk=pk)
    asset = _draft(request, request.GET.get("asset"))
    if request.method == "DELETE":
        return _remove(request, row, asset)
    if request.method == "GET":
        return _state(request, row)
    _check_expiry(row)
    return _head(row) if request.method == "HEAD" else _patch(request, row)


@takes_tokens
@answers_scripts
@require_POST
@_tus
def sha256(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set the sender's own hash of the whole file, before or after the file has arrived."""
    row = get_object_or_404(Upload.objects.owned_by(request.user), pk=pk)
    try:
        body = json_of(request, most=_LARGEST_HASH_BODY)
        row = uploads.declare_sha256(row, str(body["sha256"]))
    except Unreadable as problem:
        raise _Refusal(400, str(problem)) from problem
    except uploads.ComparedAlready as problem:
        raise _Refusal(409, str(problem), gettext("Upload the other file as a new one.")) from problem
    except (ValueError, KeyError, TypeError) as error:
        raise _Refusal(400, gettext("This is not a SHA-256 hash in hex.")) from error
    return _state(request, row)


@takes_tokens
@answers_scripts
@require_POST
@_tus
def parts(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say which bytes of a file are in the bucket, and where to send the next ones. Repeat until it has arrived."""
    row = get_object_or_404(Upload.objects.owned_by(request.user), pk=pk)
    if not direct.is_offered():
        raise _Refusal(409, gettext("Send this file to the portal itself."))
    _check_expiry(row)
    sent, missing = row.size, list[direct.Part]()
    if row.status == Upload.Status.RECEIVING:
        try:
            sent, missing = direct.carry_on(row)
        except (uploads.Gone, storage.Unavailable) as problem:
            raise _refusal_of(problem) or problem from problem
        if row.status == Upload.Status.ARRIVED:
            tasks.verify.enqueue(row.pk)
    return JsonResponse({"status": row.status, "sent": sent, "parts": [asdict(part) for part in missing]})


def _head(row: Upload) -> HttpResponse:
    headers = {"Upload-Offset": str(_offset(row)), "Upload-Length": str(row.size)}
    return HttpResponse(status=200, headers=headers | _expiry(row))


def _patch(request: HttpRequest, row: Upload) -> HttpResponse:
    if request.content_type != "application/offset+octet-stream":
        raise _Refusal(415, gettext("The upload must be sent as application/offset+octet-stream."))
    offset, body = _number(request, "Upload-Offset"), body_of(request)
    checksum = _checksum(request)
    if row.status != Upload.Status.RECEIVING:
        if offset != row.size or body.length:
            raise _Refusal(409, gettext("This file was already uploaded."), **{"Upload-Offset": str(row.size)})
        return HttpResponse(status=204, headers={"Upload-Offset": str(row.size)})
    try:
        with _places.taken(request, body.idle_for, body.stop):
            reached = uploads.append_bytes(row, body, offset=offset, checksum=checksum)
    except Exception as problem:
        if no := _refusal_of(problem):
            raise no from problem
        raise
    if row.status == Upload.Status.ARRIVED:
        tasks.verify.enqueue(row.pk)
    return HttpResponse(status=204, headers={"Upload-Offset": str(reached)} | _expiry(row))


def _refusal_of(problem: Exception) -> _Refusal | None:
    """The answer to an error while bytes came in."""
    match problem:
        case Full():
            message = gettext("Too many files are being uploaded right now.")
            if problem.yours:
                message = gettext("You are uploading too many files at once.")
            status = 429 if problem.yours else 503
            return _Refusal(status, message, _RESUMES, **{"Retry-After": "3"})
        case uploads.WrongOffset():
            message = gettext("The upload does not continue where it stopped.")
            return _Refusal(409, message, gettext("Resume the upload."), **{"Upload-Offset": str(problem.offset)})
        case uploads.TooMuch():
            return _Refusal(413, gettext("The file is larger than expected. It may have changed on your computer."))
        case uploads.Busy():
            return _Refusal(423, gettext("This file is being uploaded in another connection."), _RESUMES)
        case uploads.Damaged():
            message = gettext("Part of the file was damaged during the upload and was not kept.")
            return _Refusal(_DAMAGED, message, gettext("Resume the upload."))
        case uploads.Interrupted():
            message = gettext("The connection was lost. What was uploaded so far is kept.")
            return _Refusal(400, message, gettext("Resume the upload."))
        case uploads.Gone():
            message = gettext("This file was removed, or was uploaded in another connection.")
            return _Refusal(409, message, gettext("Reload the page to see its status."))
        case uploads.NoSpace():
            return _Refusal(507, problem.message, problem.remedy)
        case storage.Unavailable():
            return _Refusal(503, gettext(problem.message), _RESUMES, **{"Retry-After": "10"})
        case storage.NoRoom():
            return _Refusal(507, _FULL, _FULL_REMEDY)
    return None


def _remove(request: HttpRequest, row: Upload, asset: Asset | None) -> HttpResponse:
    if asset:
        _update_draft(saved_drafts.detach, asset, row, signed_in(request))
    if not uploads.remove(row):
        log.info("upload %s is kept because an asset uses it", row.pk)
    return HttpResponse(status=204)


def _state(request: HttpRequest, row: Upload) -> JsonResponse:
    offset = _offset(row)
    twin, why = uploads.twin_of(row, signed_in(request)), refusals.of_upload(row)
    return JsonResponse(
        {
            "id": str(row.pk),
            "status": row.status,
            "name": row.name,
            "size": row.size,
            "offset": offset,
            "duration": row.duration,
            "preview": row.preview,
            "message": why["message"],
            "remedy": why["remedy"],
            "twin": {"name": str(twin), "url": reverse("asset", args=[twin.pk])} if twin else None,
        }
    )


def _offset(row: Upload) -> int:
    before, offset = row.status, uploads.offset_of(row)
    if before != row.status:
        tasks.verify.enqueue(row.pk)
    return offset


def _announced(user: User, metadata: dict[str, str], size: int) -> Upload:
    name, media_type = metadata.get("filename", ""), metadata.get("filetype", "")
    try:
        return uploads.create_upload(
            user,
            kind=metadata["kind"],
            name=name,
            size=size,
            content_type=media_type,
            sha256=metadata.get("sha256", ""),
        )
    except uploads.TooLarge as problem:
        raise _Refusal(413, problem.message, problem.remedy) from problem
    except uploads.NoSpace as problem:
        raise _Refusal(507, problem.message, problem.remedy) from problem
    except uploads.TooManyUploads as problem:
        raise _Refusal(429, problem.message, problem.remedy, **{"Retry-After": "60"}) from problem
    except uploads.UploadRefused as problem:
        raise _Refusal(400, problem.message, problem.remedy) from problem


def _abilities() -> dict[str, str]:
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,expiration,termination,checksum",
        "Tus-Max-Size": str(settings.UPLOAD_MAX_BYTES),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def _check_version(request: HttpRequest) -> None:
    version = request.headers.get("Tus-Resumable")
    asks_for_it = request.method in {"HEAD", "PATCH"} or (
        request.method == "POST" and "Upload-Length" in request.headers
    )
    if version != VERSION and (version is not None or asks_for_it) and request.method not in {"OPTIONS", "GET"}:
        raise _Refusal(
            412,
            gettext("The portal supports version %(version)s of the upload protocol (tus).") % {"version": VERSION},
            gettext("Reload the page."),
            **{"Tus-Version": VERSION},
        )


def _check_expiry(row: Upload) -> None:
    expired = not row.key or (row.expires_at is not None and row.expires_at < timezone.now())
    if row.status == Upload.Status.RECEIVING and expired:
        message = gettext("This upload was not finished in time, so what was uploaded was removed.")
        raise _Refusal(410, message, gettext("Upload the file again."))


def _expiry(row: Upload) -> dict[str, str]:
    """The header that says when the upload expires unless more bytes come."""
    if row.status != Upload.Status.RECEIVING or not row.expires_at:
        return {}
    return {"Upload-Expires": http_date(row.expires_at.timestamp())}


def _length(request: HttpRequest) -> int:
    if "Upload-Defer-Length" in request.headers:
        raise _Refusal(400, gettext("The size of the file must be sent before its contents."))
    return _number(request, "Upload-Length")


def _number(request: HttpRequest, name: str) -> int:
    count = numbers.whole(request.headers.get(name), high=_MOST_BYTES)
    if count is None:
        raise _Refusal(400, gettext("%(header)s must be a number of bytes.") % {"header": name})
    return count


def _metadata(request: HttpRequest) -> dict[str, str]:
    """The pairs of a key and a Base64 value, separated by commas."""
    pairs = (pair.split() for pair in request.headers.get("Upload-Metadata", "").split(",") if pair.strip())
    try:
        return {name: base64.b64decode("".join(value), validate=True).decode() for name, *value in pairs}
    except ValueError as error:
        raise _Refusal(400, gettext("The description of the file (Upload-Metadata) is not valid.")) from error


def _checksum(request: HttpRequest) -> Checksum | None:
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm not in ALGORITHMS or not digest:
        message = gettext("Upload-Checksum must be an algorithm (%(algorithms)s) and a hash in Base64.")
        raise _Refusal(400, message % {"algorithms": ", ".join(ALGORITHMS)})
    return Checksum(algorithm, digest)


def _check_tab(asset: Asset, metadata: dict[str, str]) -> None:
    """Raise _Refusal for an outdated page, which would put its video into a draft changed by another tab."""
    try:
        saved_drafts.check_tab(saved_drafts.read_draft(asset), metadata)
    except NotPossible as problem:
        raise _Refusal(422, str(problem), gettext("Reload the page, then upload the file.")) from problem


def _update_draft(update: Any, asset: Asset, row: Upload, user: User, *more: Any) -> None:
    try:
        update(asset, row, user, *more)
    except NotPossible:
        log.info("asset %s was sent while upload %s was in progress", asset.pk, row.pk)


def _draft(request: HttpRequest, pk: object) -> Asset | None:
    """The draft that the file is for, if named; 404 for somebody else's."""
    if pk in (None, ""):
        return None
    return Asset.objects.editable_by(request.user).filter(pk=numbers.whole(pk) or 0).first() or _not_there()


def _not_there() -> Asset:
    raise Http404
