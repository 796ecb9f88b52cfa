"""Append received bytes to an upload. The size of the file on disk is its only offset."""

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
"""Seconds to wait for another writer of the same file."""
SILENT = 2.0
"""A writer that waits for its next bytes for this many seconds gives way to one that has bytes."""
LOOK_EVERY_BYTES, LOOK_EVERY_SECONDS = 64 * 1024**2, 20.0


class Body(Protocol):
    """The body of a request."""

    @property
    def length(self) -> int:
        """The declared number of bytes of this request."""

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield the bytes, once; a piece is valid only until the next one. Yields fewer if the connection is lost."""

    def silent_for(self) -> float:
        """Seconds since it began to wait for the bytes that are next; 0 while it waits for none."""

    def stop(self) -> None:
        """Stop the pieces; may be called from another thread."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """The checksum that the bytes of one request must have."""

    algorithm: str
    digest: bytes


class Busy(Exception):
    """Another connection is writing to the file."""


class Gone(Exception):
    """The upload was removed, or completed by another request, while these bytes came."""


class WrongOffset(Exception):
    """The bytes do not continue what was received so far."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the offset is {offset}")
        self.offset = offset


class TooMuch(Exception):
    """More bytes than were declared."""


class Interrupted(Exception):
    """The connection ended early. What came is kept, unless it can no longer be verified."""


class Damaged(Exception):
    """The bytes are not those that were sent, and were discarded."""


def offset_of(upload: Upload) -> int:
    """Return how many bytes were received.

    If the process died after the last byte, the upload is marked ARRIVED now.
    """
    if upload.status != Upload.Status.RECEIVING:
        return upload.size
    offset = storage.size_of(upload.key) if upload.key else 0
    if offset >= upload.size:
        arrive(upload)
    return min(offset, upload.size)


def append_bytes(upload: Upload, body: Body, *, offset: int, checksum: Checksum | None = None) -> int:
    """Append the bytes and return the new offset; after the last one the upload is ARRIVED.

    Raises WrongOffset, TooMuch, Busy, Gone, Damaged, Interrupted, NoSpace, ``storage.NoRoom``.
    """
    with _alone(upload, body) as file:
        if file.size != offset:
            raise WrongOffset(file.size)
        if offset + body.length > upload.size:
            raise TooMuch
        stay_wanted(upload)
        try:
            _write(upload, file, body, checksum)
        except BaseException:
            if checksum:  # whoever continues from here would vouch for bytes that nobody could verify
                file.cut(offset)
            raise
        if file.size == upload.size:
            file.flush()
            arrived(upload)
        else:
            stay_wanted(upload)
        return file.size


def arrive(upload: Upload) -> None:
    """Mark a file that is complete on disk as ARRIVED, if the process died before doing so."""
    try:
        with storage.Partial(upload.key) as file:
            if file.lock() and file.size == upload.size:
                file.flush()
                arrived(upload)
    except FileNotFoundError:
        return  # it was verified at this very moment


def stop_writing(pk: UUID) -> None:
    """Stop any writer of this upload in this process."""
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
        # The disk was restored from a backup: uploads still RECEIVING start from the beginning.
        stay_wanted(upload)
        return storage.Partial(upload.key, create=True)


def _wait_for(file: Partial, upload: Upload) -> None:
    """Lock the file, stopping a silent writer: a connection that died unnoticed must not block the next one."""
    until = time.monotonic() + PATIENCE
    try:
        while not file.lock():
            writer = _writers.get(upload.pk)
            if writer and writer.silent_for() > SILENT:
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
            stay_wanted(upload)
    if came < body.length:
        raise Interrupted(f"{came} of {body.length} bytes arrived")
    if checksum and digest and not hmac.compare_digest(digest.digest(), checksum.digest):
        raise Damaged


def _leave_room() -> None:
    if not storage.has_room(0):
        message = gettext("The portal’s disk is nearly full, so the upload stopped. What was uploaded so far is kept.")
        raise NoSpace(message, gettext("Your file is fine. Contact an administrator, then resume the upload."))


def stay_wanted(upload: Upload) -> None:
    """Extend the time until it expires. Raise Gone if it was removed or has arrived, or its owner was deactivated."""
    waiting = Upload.objects.filter(pk=upload.pk, status=Upload.Status.RECEIVING, owner__is_active=True)
    if not waiting.update(expires_at=timezone.now() + UNFINISHED_FOR):
        raise Gone


def arrived(upload: Upload) -> None:
    """Mark it as ARRIVED. Raises Gone."""
    waiting = Upload.objects.filter(pk=upload.pk, status=Upload.Status.RECEIVING)
    if not waiting.update(status=Upload.Status.ARRIVED, next_at=timezone.now()):
        raise Gone
    upload.status = Upload.Status.ARRIVED
