"""Bringing a file: it is announced, then its bytes come in one streamed request. The row is the only truth."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dubbing import storage
from dubbing.models import Asset, Upload
from dubbing.services import drafts, uploads
from dubbing.services.submit import NotPossible
from portal.middleware import takes_large_body

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

_LARGEST_ANNOUNCEMENT = 16 * 1024
_LARGEST_SIZE = 2**62
_NO_ROOM = "The portal's disk is full. Nothing is wrong with your file; tell the people who run the portal."


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Announce a file: ``{kind, name, size, asset?}`` gives ``{id, url}`` to PUT its bytes to."""
    asked = _announcement(request)
    if asked is None:
        return _words("Say the kind, the name and the size of the file.", 400)
    user, asset = _user(request), _draft(request, asked.get("asset"))
    try:
        upload = uploads.announce(user, kind=asked["kind"], name=asked["name"], size=asked["size"])
    except uploads.NoSpace as problem:
        return _words(str(problem), 507)
    except NotPossible as problem:
        return _words(str(problem), 400)
    url = reverse("upload", args=[upload.pk])
    if asset:
        url += f"?asset={asset.pk}"
        _tell_draft(drafts.attach, asset, upload, user)
    return JsonResponse({"id": str(upload.pk), "url": url}, status=201)


@takes_large_body
@require_http_methods(["GET", "PUT", "DELETE"])
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Bring the bytes, ask what became of them, or take the file away again."""
    row = get_object_or_404(Upload.objects.owned_by(request.user), pk=pk)
    asset = _draft(request, request.GET.get("asset"))
    if request.method == "PUT" and row.status == Upload.Status.RECEIVING:
        return _receive(request, row, asset)
    if request.method == "DELETE":
        return _remove(request, row, asset)
    return _state(row)


def _receive(request: HttpRequest, row: Upload, asset: Asset | None) -> HttpResponse:
    coming = request.META.get("CONTENT_LENGTH") or "0"
    if coming != str(row.size):
        return _words(f"{row.size} bytes were announced and {coming[:20]} are coming. Choose the file again.", 400)
    try:
        row = uploads.receive(row, _chunks(request))
    except uploads.Interrupted as problem:
        log.info("upload %s was interrupted: %s", row.pk, problem)
        return _words(f"{problem} Send the file again.", 400)
    except storage.NoRoom:
        return _words(_NO_ROOM, 507)
    except uploads.Gone:
        return _state(get_object_or_404(Upload, pk=row.pk))
    if asset and row.status == Upload.Status.COMPLETE:
        _tell_draft(drafts.attach, asset, row, _user(request))
    return _state(row)


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body in large pieces; it never is in memory as a whole."""
    try:
        while chunk := request.read(uploads.CHUNK):
            yield chunk
    except UnreadablePostError as error:
        raise uploads.Interrupted("The connection was lost.") from error


def _remove(request: HttpRequest, row: Upload, asset: Asset | None) -> HttpResponse:
    if asset:
        _tell_draft(drafts.detach, asset, row, _user(request))
    if not uploads.remove(row):
        log.info("upload %s stays: an asset uses it", row.pk)
    return HttpResponse(status=204)


def _tell_draft(tell: Any, asset: Asset, row: Upload, user: User) -> None:
    try:
        tell(asset, row, user)
    except NotPossible:
        log.info("asset %s was sent while upload %s came", asset.pk, row.pk)


def _state(row: Upload) -> JsonResponse:
    state: dict[str, Any] = {"id": str(row.pk), "status": row.status, "name": row.name, "size": row.size}
    if row.status != Upload.Status.REFUSED:
        return JsonResponse(state | {"duration": row.duration})
    refusal = {"message": row.refusal.get("message", ""), "remedy": row.refusal.get("remedy", "")}
    return JsonResponse(state | refusal, status=422)


def _announcement(request: HttpRequest) -> dict[str, Any] | None:
    """What is announced, if it makes sense."""
    try:
        asked = json.loads(request.read(_LARGEST_ANNOUNCEMENT))
    except (ValueError, RecursionError):
        return None
    if not isinstance(asked, dict) or asked.get("kind") not in Upload.Kind.values:
        return None
    size, name = asked.get("size"), asked.get("name")
    if type(size) is not int or not isinstance(name, str) or not -_LARGEST_SIZE < size < _LARGEST_SIZE:
        return None
    return asked


def _draft(request: HttpRequest, pk: object) -> Asset | None:
    """The draft that the file is for, if it is said; somebody else's is not there."""
    if pk in (None, ""):
        return None
    try:
        number = int(str(pk))
    except ValueError as error:
        raise Http404 from error
    return Asset.objects.editable_by(request.user).filter(pk=number).first() or _not_there()


def _not_there() -> Asset:
    raise Http404


def _user(request: HttpRequest) -> User:
    assert request.user.is_authenticated  # the middleware lets nobody else through
    return request.user


def _words(message: str, status: int) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)
