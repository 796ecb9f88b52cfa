"""Remove unfinished uploads, unused files, and files without a row."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone

from dubbing.models import Delivery, DeliveryEntry, Result, Upload
from dubbing.platform import storage
from dubbing.uploads import previews
from dubbing.uploads.append import PATIENCE, arrive, stop_writing
from dubbing.uploads.creation import UNFINISHED_FOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from dubbing.models.uploads import UploadQuerySet

log = logging.getLogger(__name__)

UNUSED_FOR = timedelta(days=7)
ORPHAN_FOR = timedelta(days=1)
_AT_ONCE = 500
FOLDERS = {Upload.Kind.VIDEO: storage.Kind.SOURCE, Upload.Kind.BACKGROUND: storage.Kind.BACKGROUND}
# Posters and playback files are small, and are made again when they are missing.
_KEPT_FOR_PEOPLE = (
    storage.Kind.UPLOAD,
    storage.Kind.SOURCE,
    storage.Kind.BACKGROUND,
    storage.Kind.RESULT,
    storage.Kind.DELIVERY,
)


def remove(upload: Upload) -> bool:
    """Delete the row and its files, even while bytes come in. Return False if an asset uses it."""
    return bool(_remove_unused(Upload.objects.filter(pk=upload.pk)))


def sweep_abandoned(unused_for: timedelta = UNUSED_FOR) -> int:
    """Delete uploads that never arrived, and those that no asset ever used. Return how many there were."""
    now = timezone.now()
    receiving = Upload.objects.filter(status=Upload.Status.RECEIVING)
    expired = receiving.filter(Q(expires_at__lt=now) | Q(expires_at=None, created_at__lt=now - UNFINISHED_FOR))
    for upload in _in_parts(expired):
        if upload.key and storage.size_of(upload.key) >= upload.size:
            arrive(upload)
    finished = Upload.objects.filter(status__in=[Upload.Status.COMPLETE, Upload.Status.REFUSED])
    unused = finished.filter(created_at__lt=now - unused_for)
    removed = sum(_remove_unused(rows) for rows in (expired.all(), unused))
    storage.sweep_leftovers(UNFINISHED_FOR.total_seconds())
    storage.drop_unfinished_parts(UNFINISHED_FOR.total_seconds(), but=_in_parts_by_browsers())
    with suppress(storage.Unavailable):  # logged; the next time will do
        _sweep_orphans()
    return removed


def delete_files(upload: Upload) -> None:
    """Delete whatever exists on disk, under the row's keys and those that would have come next."""
    keys = [upload.key, upload.poster_key, upload.peaks_key, upload.proxy_key]
    if upload.key:
        keys.append(final_key(upload))
        keys.append(storage.twin_key(upload.key, storage.Kind.POSTER, ".jpg"))
        keys.append(previews.waveform_key(upload.key))
        keys.append(storage.twin_key(upload.key, storage.Kind.PROXY, ".mp4"))
        if upload.multipart_id:
            storage.drop_parts(final_key(upload), upload.multipart_id)
    for key in filter(None, keys):
        storage.delete(key)


def final_key(upload: Upload) -> str:
    """The key that an upload has once it is verified."""
    return storage.twin_key(upload.key, FOLDERS[Upload.Kind(upload.kind)])


def _remove_unused(rows: UploadQuerySet) -> int:
    removed = 0
    for upload in _in_parts(rows.unused()):
        stop_writing(upload.pk)
        try:
            with transaction.atomic():
                removed += upload.delete()[0]
        except (ProtectedError, IntegrityError):
            continue  # an asset started using it at this very moment
        _end_writing(upload)
        delete_files(upload)
    return removed


def _in_parts_by_browsers() -> set[str]:
    receiving = Upload.objects.filter(status=Upload.Status.RECEIVING).exclude(multipart_id="")
    return set(receiving.values_list("multipart_id", flat=True))


def _in_parts(rows: UploadQuerySet) -> Iterator[Upload]:
    """Yield all of them, keeping only a few in memory."""
    last = None
    while some := list((rows.filter(pk__gt=last) if last else rows).order_by("pk")[:_AT_ONCE]):
        yield from some
        last = some[-1].pk


def _end_writing(upload: Upload) -> None:
    """Give its writer a moment to notice that the row is gone; a writer in another process notices within a minute."""
    until = time.monotonic() + PATIENCE
    with suppress(FileNotFoundError):
        if upload.status == Upload.Status.RECEIVING and upload.key:
            with storage.Partial(upload.key) as file:
                while not file.lock() and time.monotonic() < until:
                    time.sleep(0.02)


def _sweep_orphans() -> None:
    """Delete files without a row, left by processes that were killed between writing a file and its row."""
    # Counted first, then listed again: there may be more than fit into memory.
    for key in islice(_without_rows(_old_keys()), _lost()):
        log.warning("removing the file %s, which no row refers to", key)
        storage.delete(key)


def _old_keys() -> Iterator[str]:
    return (key for kind in _KEPT_FOR_PEOPLE for key in storage.old_keys(kind, ORPHAN_FOR.total_seconds()))


def _lost() -> int:
    """Return how many files have no row; 0 if there are more than killed processes would leave."""
    lost = _without_rows(_old_keys())
    if next(lost, None) is None:
        return 0
    most = _most_lost()
    number = 1 + sum(1 for _ in islice(lost, most))
    # That many belong to another database, or to an older one from a backup.
    if number > most:
        log.error(
            "More than %s stored files are not in the database, so none is removed. Is this the right database?",
            most,
        )
        return 0
    return number


def _without_rows(keys: Iterator[str]) -> Iterator[str]:
    """Yield the keys that no row has, asking for a few at a time however many files and rows there are."""
    while some := list(islice(keys, _AT_ONCE)):
        # In any folder: the row of a file that is being moved to its final folder still has its first key.
        names = [storage.twin_key(key, kind) for key in some for kind in _KEPT_FOR_PEOPLE]
        key_lists = [rows.filter(key__in=names).values_list("key", flat=True) for rows in _rows_with_files()]
        known = {Path(key).stem for keys_of_rows in key_lists for key in keys_of_rows}
        yield from (key for key in some if Path(key).stem not in known)


def _rows_with_files() -> tuple[QuerySet[Upload], QuerySet[Result], QuerySet[DeliveryEntry]]:
    made = DeliveryEntry.objects.filter(key__startswith=f"{storage.Kind.DELIVERY}/")
    return Upload.objects.exclude(key=""), Result.objects.all(), made.exclude(delivery__status=Delivery.Status.EXPIRED)


def _most_lost() -> int:
    rows = sum(rows.count() for rows in _rows_with_files())
    return 5 + rows // 10 if rows else 0
