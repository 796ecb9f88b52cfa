"""Files on their way in: received as a stream, looked at, and only then usable."""

from __future__ import annotations

import mimetypes
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from dubbing import media, storage
from dubbing.models import Upload
from dubbing.services.submit import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dubbing.models.uploads import UploadQuerySet

CHUNK = 1024 * 1024
UNFINISHED_FOR = timedelta(hours=48)
UNUSED_FOR = timedelta(days=7)
_INVISIBLE = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}
_FOLDERS = {Upload.Kind.VIDEO: storage.Kind.SOURCE, Upload.Kind.BACKGROUND: storage.Kind.BACKGROUND}


class Interrupted(Exception):
    """The connection ended before the announced bytes were here. Nothing is kept; the person tries again."""


class NoSpace(NotPossible):
    """The portal's disk has no room for the file now."""


class Gone(Exception):
    """The upload was removed, or completed by another request, while these bytes came."""


def announce(user: User, *, kind: str, name: str, size: int) -> Upload:
    """Make room for a file of ``size`` bytes. Raises NotPossible with words for people."""
    if size <= 0:
        raise NotPossible("This file is empty.")
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES / 1024**3
        raise NotPossible(f"This file is larger than the portal takes ({limit:.0f} GB).")
    if not storage.has_room(size):
        raise NoSpace("The portal's disk has no room for this file now. Tell the people who run the portal.")
    plain = _plain_name(name)
    content_type = mimetypes.guess_type(plain)[0] or "application/octet-stream"
    return Upload.objects.create(owner=user, kind=kind, name=plain, size=size, content_type=content_type)


def receive(upload: Upload, chunks: Iterable[bytes]) -> Upload:
    """Store the bytes, look at the file, and mark the upload COMPLETE or REFUSED (``refusal`` says why).

    Raises Interrupted when fewer or more bytes come than were announced, ``storage.NoRoom`` when the disk is full, and
    Gone when another request was faster.
    """
    with storage.open_temporary(_FOLDERS[Upload.Kind(upload.kind)], Path(upload.name).suffix) as incoming:
        for chunk in chunks:
            incoming.write(chunk)
            if incoming.size > upload.size:
                raise Interrupted("More bytes came than were announced.")
        if incoming.size < upload.size:
            raise Interrupted(f"Only {incoming.size} of {upload.size} bytes came.")
        try:
            info = _look(upload, incoming.temporary)
        except media.MediaRefused as refused:
            return _refuse(upload, refused)
        stored = incoming.keep()
    found = {"key": stored.key, "sha256": stored.sha256, "media": asdict(info), "duration": info.duration}
    if upload.kind == Upload.Kind.VIDEO:
        found["poster_key"] = _poster(stored.key, at=min(1.0, info.duration / 2))
    try:
        return _settle(upload, Upload.Status.COMPLETE, **found)
    except Gone:
        _delete_files(stored.key, str(found.get("poster_key", "")))
        raise


def bring_file(path: Path, user: User, *, kind: str) -> Upload:
    """Take a file of this machine, as the command line does. Raises NotPossible, Interrupted, OSError."""
    upload = announce(user, kind=kind, name=path.name, size=path.stat().st_size)
    with path.open("rb") as file:
        return receive(upload, iter(lambda: file.read(CHUNK), b""))


def remove(upload: Upload) -> bool:
    """Delete the row and its files; False when an asset uses it."""
    return bool(_remove_unused(Upload.objects.filter(pk=upload.pk)))


def sweep_abandoned(unfinished_for: timedelta = UNFINISHED_FOR, unused_for: timedelta = UNUSED_FOR) -> int:
    """Delete uploads that never arrived, and those that no asset came to use; how many it were."""
    now = timezone.now()
    unfinished = Upload.objects.filter(status=Upload.Status.RECEIVING, created_at__lt=now - unfinished_for)
    unused = Upload.objects.exclude(status=Upload.Status.RECEIVING).filter(created_at__lt=now - unused_for)
    removed = sum(_remove_unused(rows) for rows in (unfinished, unused))
    storage.sweep_leftovers(unfinished_for.total_seconds())
    return removed


def _remove_unused(rows: UploadQuerySet) -> int:
    removed = 0
    for upload in rows.unused():
        try:
            with transaction.atomic():
                removed += upload.delete()[0]
        except (ProtectedError, IntegrityError):
            continue  # an asset took it at this very moment
        _delete_files(upload.key, upload.poster_key)
    return removed


def _delete_files(*keys: str) -> None:
    for key in filter(None, keys):
        storage.delete(key)


def _plain_name(name: str) -> str:
    """The last part of a path of any system, without what is invisible; it is shown and sent along."""
    harmless = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in _INVISIBLE)
    return Path(harmless.replace("\\", "/")).name.strip()[:255] or "video"


def _look(upload: Upload, path: Path) -> media.MediaInfo:
    return media.probe(path) if upload.kind == Upload.Kind.VIDEO else media.probe_audio(path)


def _refuse(upload: Upload, refused: media.MediaRefused) -> Upload:
    words = {"code": refused.code, "message": refused.message, "remedy": refused.remedy}
    return _settle(upload, Upload.Status.REFUSED, refusal=words)


def _settle(upload: Upload, status: str, **found: object) -> Upload:
    """Two requests may bring the same file; the first to finish decides. Raises Gone."""
    waiting = Upload.objects.filter(pk=upload.pk, status=Upload.Status.RECEIVING)
    if not waiting.update(status=status, **found):
        raise Gone(f"{upload.name} was removed or completed meanwhile")
    upload.refresh_from_db()
    return upload


def _poster(key: str, *, at: float) -> str:
    poster_key = storage.new_key(storage.Kind.POSTER, ".jpg")
    target = storage.path(poster_key)
    target.parent.mkdir(parents=True, exist_ok=True)
    return poster_key if media.poster(storage.path(key), target, at=at) else ""
