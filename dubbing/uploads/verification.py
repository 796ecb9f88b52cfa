"""Verify an upload: hash, compare, probe and store it, or refuse it with a reason. Repeatable after any crash."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import media
from dubbing.models import Asset, Upload
from dubbing.platform import storage
from dubbing.platform.errors import NotPossible
from dubbing.uploads.append import Interrupted, append_bytes
from dubbing.uploads.cleanup import delete_files, final_key
from dubbing.uploads.creation import create_upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)

LEASE, RENEW_EVERY = 180.0, 20.0
"""Seconds a worker may be silent: probing and the poster take up to a minute each."""
TRIES = 6
UNAVAILABLE = timedelta(seconds=30)
"""When to try again if files cannot be kept right now."""
VERSION = 2
"""Version of the checks. Raise it if files verified earlier may have wrong figures: unsent ones are then verified again
(``reverification``). 2: lengths of broken timestamps, and covers in front of a video.
"""
CHUNK = 4 * 1024**2
_SHA256 = re.compile(r"[0-9a-f]{64}")
DAMAGED: dict[str, StrOrPromise] = {
    "code": "damaged",
    "message": _("This file was damaged during the upload: what we received is not what was sent."),
    "remedy": _("Upload it again."),
}
LOST: dict[str, StrOrPromise] = {
    "code": "lost",
    "message": _("This file is no longer in the portal’s storage."),
    "remedy": _("Upload it again. If this happens again, contact an administrator."),
}
STUCK: dict[str, StrOrPromise] = {
    "code": "unreadable",
    "message": _("We tried several times, but could not check this file."),
    "remedy": _("Export it again in a common format (MP4), or contact an administrator."),
}

Settled = Callable[[Upload], None]


def verify_upload(pk: UUID, *, settled: Settled = lambda upload: None) -> Upload | None:
    """Verify an upload that ARRIVED; None if there is nothing to do, or somebody else is doing it.

    ``settled`` is called with a usable upload, in the transaction that makes it usable. Raises OSError; then it stays
    due.
    """
    token = Upload.objects.due_for_examination().claim(pk, seconds=LEASE, tries=F("tries") + 1)
    if token is None:
        return None
    upload = Upload.objects.get(pk=pk)
    work = _Work(upload, token, settled)
    try:
        work.done()
    except (storage.Unavailable, storage.NoRoom):  # not the file's fault, however long it takes
        Upload.objects.release(pk, token, next_at=timezone.now() + UNAVAILABLE, tries=upload.tries - 1)
        raise
    except OSError:
        later = timezone.now() + timedelta(seconds=5 * 2**upload.tries)
        Upload.objects.release(pk, token, next_at=later)
        raise
    return Upload.objects.filter(pk=pk).first()


class ComparedAlready(NotPossible):
    """The file was compared with the sender's hash and matches: another hash changes nothing any more."""


def declare_sha256(upload: Upload, sha256: str) -> Upload:
    """Store the sender's own hash of the whole file, before or after it arrived.

    Raises ValueError for an invalid hash, and ComparedAlready if a finished file was compared with a different one.
    """
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in hex")
    open_still = Q(announced_sha256__in=["", sha256]) | ~Q(status=Upload.Status.COMPLETE)
    if not Upload.objects.filter(open_still, pk=upload.pk).update(announced_sha256=sha256):
        raise ComparedAlready(gettext("This file was already compared with another hash."))
    upload.refresh_from_db()
    if upload.status == Upload.Status.COMPLETE and upload.sha256 != sha256:
        _refuse_later(upload)
    return upload


def add_file(path: Path, user: User, *, kind: str) -> Upload:
    """Add a file from this machine, as the command line does. Raises NotPossible, Interrupted, OSError."""
    size = path.stat().st_size
    upload = create_upload(user, kind=kind, name=path.name, size=size)
    append_bytes(upload, _LocalBody(path, size), offset=0)
    verify_upload(upload.pk)
    upload.refresh_from_db()
    return upload


@dataclass
class _LocalBody:
    path: Path
    length: int

    def pieces(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            left = self.length
            while left and (piece := file.read(min(CHUNK, left))):
                left -= len(piece)
                yield piece
            if file.read(1):
                raise Interrupted("The file grew while it was read.")

    def silent_for(self) -> float:
        """A file on this machine never waits for bytes."""
        return 0.0

    def stop(self) -> None:
        """Do nothing: a file on this machine ends on its own."""


@dataclass
class _Work:
    """One verification of one upload, by the holder of its lease."""

    upload: Upload
    token: UUID
    settled: Settled
    renewed_at: float = 0.0

    def done(self) -> None:
        upload = self.upload
        if not upload.key:
            self._refuse(LOST)
            return
        final = final_key(upload)
        # It is in its final place if a browser sent it there, or if the process was killed before it saved the row.
        key = upload.key
        if storage.size_of(key) != upload.size and storage.exists(final):
            key = final
        if upload.tries > TRIES or not storage.exists(key):
            self._refuse(STUCK if storage.exists(key) else LOST)
            return
        with storage.opened(key, on_progress=self._renew) as path:
            sha256 = self._hash(path)
            if sha256 is None:
                return
            if path.stat().st_size != upload.size or upload.announced_sha256 not in ("", sha256):
                self._refuse(DAMAGED)
                return
            try:
                info = look_into(upload, path)
            except media.MediaRefused as refused:
                self._refuse({**refused.texts(gettext)})
                return
            values: dict[str, Any] = {"key": final, "sha256": sha256, "media": asdict(info), "duration": info.duration}
            if upload.kind == Upload.Kind.VIDEO:
                self._renew()
                values["poster_key"] = draw_poster(path, final, at=min(1.0, info.duration / 2))
                values |= {"preview": Upload.Preview.WAITING, "next_at": timezone.now()}
        if key != final:
            storage.move(key, final)
        storage.save(final, sha256=sha256, on_progress=self._renew)
        self._complete(values)

    def _complete(self, values: dict[str, Any]) -> None:
        values |= {"verification": VERSION, "tries": 0}
        with transaction.atomic():
            agreed = Q(announced_sha256="") | Q(announced_sha256=values["sha256"])
            mine = Upload.objects.held(self.upload.pk, self.token).filter(agreed, status=Upload.Status.ARRIVED)
            done = mine.update(status=Upload.Status.COMPLETE, lease_token=None, lease_until=None, **values)
            if done:
                self.settled(Upload.objects.get(pk=self.upload.pk))
        if not done:
            self._lost(values)

    def _lost(self, values: dict[str, Any]) -> None:
        """Handle an upload that was removed, taken over, or given a different hash by its sender at the last moment."""
        row = Upload.objects.filter(pk=self.upload.pk).first()
        if row is None:
            delete_files(Upload(kind=self.upload.kind, key=values["key"], poster_key=values.get("poster_key", "")))
        elif row.lease_token == self.token:
            self._refuse(DAMAGED)

    def _refuse(self, texts: dict[str, StrOrPromise]) -> None:
        mine = Upload.objects.held(self.upload.pk, self.token)
        changes = {"status": Upload.Status.REFUSED, "refusal": _spoken(texts), "key": "", "poster_key": ""}
        row_is_there = Upload.objects.filter(pk=self.upload.pk).exists()
        if mine.update(lease_token=None, lease_until=None, **changes) or not row_is_there:
            delete_files(self.upload)

    def _hash(self, path: Path) -> str | None:
        """Return the SHA-256, or None if the lease was lost meanwhile."""
        digest = hashlib.sha256()
        with path.open("rb", buffering=0) as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
                if time.monotonic() - self.renewed_at > RENEW_EVERY and not self._renew():
                    return None
        return digest.hexdigest() if self._renew() else None

    def _renew(self) -> bool:
        self.renewed_at = time.monotonic()
        return Upload.objects.renew(self.upload.pk, self.token, seconds=LEASE)


def look_into(upload: Upload, path: Path) -> media.MediaInfo:
    """Probe the file. Raises MediaRefused, OSError."""
    return media.probe(path) if upload.kind == Upload.Kind.VIDEO else media.probe_audio(path)


def draw_poster(path: Path, key: str, *, at: float) -> str:
    """Return the key of a picture from the video with this path and key; an empty string if none can be made."""
    poster_key = storage.twin_key(key, storage.Kind.POSTER, ".jpg")
    target = storage.path(poster_key)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not media.poster(path, target, at=at):
        return ""
    storage.save(poster_key)
    return poster_key


def _spoken(texts: dict[str, StrOrPromise]) -> dict[str, str]:
    """Return the texts in English, as they are stored; ``refusals`` translates them."""
    with translation.override(settings.LANGUAGE_CODE):
        return {name: str(text) for name, text in texts.items()}


def _refuse_later(upload: Upload) -> None:
    """Refuse a file whose sender's hash came after it was accepted, unless more than its owner's drafts use it."""
    used = Asset.objects.filter(Q(source=upload) | Q(background=upload))
    own_drafts = Asset.objects.editable_by(upload.owner).filter(created_by=upload.owner, status=Asset.Status.DRAFT)
    if used.exclude(pk__in=own_drafts.values("pk")).exists():
        log.error("upload %s does not match its sender's hash, but other drafts use it, so it is kept", upload.pk)
        return
    changes = {"refusal": _spoken(DAMAGED), "key": "", "poster_key": "", "peaks_key": "", "proxy_key": ""}
    if Upload.objects.filter(pk=upload.pk, status=Upload.Status.COMPLETE).update(
        status=Upload.Status.REFUSED, preview=Upload.Preview.NONE, **changes
    ):
        delete_files(upload)
    upload.refresh_from_db()
