"""Bytes come in: onto the end of the file, whose size on disk is the only offset there is."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext

from dubbing.models import Upload
from dubbing.platform import storage
from dubbing.uploads.creation import UNFINISHED_FOR, NoSpace

if TYPE_CHECKING:
    from dubbing.platform.storage import Partial

PATIENCE = 3.0
"""Seconds to wait for somebody who writes to the same file."""
SILENT = 2.0
"""A writer who heard nothing for that many seconds gives way to one who has bytes."""
LOOK_EVERY_BYTES, LOOK_EVERY_SECONDS = 64 * 1024**2, 60.0


class Body(Protocol):
    """Bytes on their way. ``heard_at``: when the last of them came, by the monotonic clock."""

    heard_at: float

    @property
    def length(self) -> int:
        """How many were announced for this request."""

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Once; a piece is only good until the next one. Fewer than ``length`` bytes when the connection is lost."""

    def stop(self) -> None:
        """From another thread: let no more come."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must amount to."""

    algorithm: str
    digest: bytes


class Busy(Exception):
    """Another connection is writing to the file."""


class Gone(Exception):
    """The upload was removed, or has arrived by another request, while these bytes came."""


class WrongOffset(Exception):
    """The bytes do not continue what is here."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the offset is {offset}")
        self.offset = offset


class TooMuch(Exception):
    """More bytes than were announced."""


class Interrupted(Exception):
    """The connection ended early. What came is kept, unless it cannot be verified any more."""


class Damaged(Exception):
    """The bytes are not those that were sent. They are forgotten."""


def offset_of(upload: Upload) -> int:
    """How many bytes are here. A file that was complete when the process died arrives now."""
    if upload.status != Upload.Status.RECEIVING:
        return upload.size
    offset = storage.size_of(upload.key) if upload.key else 0
    if offset >= upload.size:
        arrive(upload)
    return min(offset, upload.size)


def append_bytes(upload: Upload, body: Body, *, offset: int, checksum: Checksum | None = None) -> int:
    """Append the bytes and return the new offset; with the last one the upload is ARRIVED.

    Raises WrongOffset, TooMuch, Busy, Gone, Damaged, Interrupted, NoSpace, ``storage.NoRoom``.
    """
    with _alone(upload, body) as file:
        if file.size != offset:
            raise WrongOffset(file.size)
        if offset + body.length > upload.size:
            raise TooMuch
        _stay_wanted(upload)
        try:
            _write(upload, file, body, checksum)
        except BaseException:
            if checksum:  # whoever goes on from here would vouch for bytes that nobody could verify
                file.cut(offset)
            raise
        if file.size == upload.size:
            file.flush()
            _arrived(upload)
        else:
            _stay_wanted(upload)
        return file.size


def arrive(upload: Upload) -> None:
    """The whole file is on disk and nobody has said so yet: the process died at the very end."""
    try:
        with storage.Partial(upload.key) as file:
            if file.lock() and file.size == upload.size:
                file.flush()
                _arrived(upload)
    except FileNotFoundError:
        return  # it was examined at this very moment


def stop_writing(pk: UUID) -> None:
    """Make whoever writes to it in this process come to an end."""
    if writer := _writers.get(pk):
        writer.stop()


_writers: dict[UUID, Body] = {}
_registering = threading.Lock()


@contextmanager
def _alone(upload: Upload, body: Body) -> Iterator[Partial]:
    with _opened(upload) as file:
        _wait_for(file, upload)
        with _registering:
            _writers[upload.pk] = body
        try:
            yield file
        finally:
            with _registering:
                if _writers.get(upload.pk) is body:
                    del _writers[upload.pk]


def _opened(upload: Upload) -> Partial:
    try:
        return storage.Partial(upload.key)
    except FileNotFoundError:
        # A disk that came back from a backup: what is RECEIVING begins again.
        _stay_wanted(upload)
        return storage.Partial(upload.key, create=True)


def _wait_for(file: Partial, upload: Upload) -> None:
    """A connection that died without a word must not keep its file from the one that follows it."""
    until = time.monotonic() + PATIENCE
    try:
        while not file.lock():
            writer = _writers.get(upload.pk)
            if writer and time.monotonic() - writer.heard_at > SILENT:
                writer.stop()
            if time.monotonic() > until:
                raise Busy
            time.sleep(0.02)
    except FileNotFoundError as error:
        raise Gone from error


def _write(upload: Upload, file: Partial, body: Body, checksum: Checksum | None) -> None:
    digest = hashlib.new(checksum.algorithm) if checksum else None
    came = looked = 0
    looked_at = time.monotonic()
    for piece in body.pieces():
        file.append(piece)
        came += len(piece)
        if digest:
            digest.update(piece)
        if came - looked >= LOOK_EVERY_BYTES:
            looked = came
            _leave_room()
        if time.monotonic() - looked_at >= LOOK_EVERY_SECONDS:
            looked_at = time.monotonic()
            _stay_wanted(upload)
    if came < body.length:
        raise Interrupted(f"{came} of {body.length} bytes arrived")
    if checksum and digest and not hmac.compare_digest(digest.digest(), checksum.digest):
        raise Damaged


def _leave_room() -> None:
    if not storage.has_room(0):
        message = gettext("The portal’s disk is nearly full, so the upload stopped. What was uploaded so far is kept.")
        raise NoSpace(message, gettext("Your file is fine. Contact an administrator, then resume the upload."))


def _stay_wanted(upload: Upload) -> None:
    """It expires some time after its last byte. Raises Gone when it was removed, or has arrived."""
    waiting = Upload.objects.filter(pk=upload.pk, status=Upload.Status.RECEIVING)
    if not waiting.update(expires_at=timezone.now() + UNFINISHED_FOR):
        raise Gone


def _arrived(upload: Upload) -> None:
    waiting = Upload.objects.filter(pk=upload.pk, status=Upload.Status.RECEIVING)
    if not waiting.update(status=Upload.Status.ARRIVED, next_at=timezone.now()):
        raise Gone
    upload.status = Upload.Status.ARRIVED
