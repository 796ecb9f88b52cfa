"""Files on their way in: received as a stream, looked at, and only then usable."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from dubbing import media, storage
from dubbing.models import Upload
from dubbing.services.submit import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CHUNK = 1024 * 1024
_FOLDERS = {Upload.Kind.VIDEO: storage.Kind.SOURCE, Upload.Kind.BACKGROUND: storage.Kind.BACKGROUND}


class Interrupted(Exception):
    """The connection ended before the announced bytes were here. Nothing is kept; the person tries again."""


def announce(user: User, *, kind: str, name: str, size: int) -> Upload:
    """Make room for a file of ``size`` bytes. Raises NotPossible with words for people."""
    if size <= 0:
        raise NotPossible("This file is empty.")
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES / 1024**3
        raise NotPossible(f"This file is larger than the portal takes ({limit:.0f} GB).")
    if not storage.has_room(size):
        raise NotPossible("The portal's disk has no room for this file now. Tell the people who run the portal.")
    plain = Path(name.replace("\\", "/")).name[:255] or "video"
    content_type = mimetypes.guess_type(plain)[0] or "application/octet-stream"
    return Upload.objects.create(owner=user, kind=kind, name=plain, size=size, content_type=content_type)


def receive(upload: Upload, chunks: Iterable[bytes]) -> Upload:
    """Store the bytes, look at the file, and mark the upload COMPLETE or REFUSED (``refusal`` says why).

    Raises Interrupted when fewer or more bytes come than were announced; ``storage.NoRoom`` when the disk is full.
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
    upload.key, upload.sha256, upload.media = stored.key, stored.sha256, asdict(info)
    upload.duration, upload.status = info.duration, Upload.Status.COMPLETE
    if upload.kind == Upload.Kind.VIDEO:
        upload.poster_key = _poster(stored.key, at=min(1.0, info.duration / 2))
    upload.save(update_fields=["key", "sha256", "media", "duration", "status", "poster_key"])
    return upload


def bring_file(path: Path, user: User, *, kind: str) -> Upload:
    """Take a file of this machine, as the command line does. Raises NotPossible, Interrupted, OSError."""
    upload = announce(user, kind=kind, name=path.name, size=path.stat().st_size)
    with path.open("rb") as file:
        return receive(upload, iter(lambda: file.read(CHUNK), b""))


def _look(upload: Upload, path: Path) -> media.MediaInfo:
    return media.probe(path) if upload.kind == Upload.Kind.VIDEO else media.probe_audio(path)


def _refuse(upload: Upload, refused: media.MediaRefused) -> Upload:
    upload.status = Upload.Status.REFUSED
    upload.refusal = {"code": refused.code, "message": refused.message, "remedy": refused.remedy}
    upload.save(update_fields=["status", "refusal"])
    return upload


def _poster(key: str, *, at: float) -> str:
    poster_key = storage.new_key(storage.Kind.POSTER, ".jpg")
    target = storage.path(poster_key)
    target.parent.mkdir(parents=True, exist_ok=True)
    return poster_key if media.poster(storage.path(key), target, at=at) else ""
