"""Uploads that browsers send to the bucket themselves, in parts. The bucket alone knows which parts are there.

The parts become the object that verification looks for if the file is no longer in the folder: the final one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from dubbing.models import Upload
from dubbing.platform import storage
from dubbing.uploads.append import Gone, arrived, stay_wanted
from dubbing.uploads.cleanup import final_key

SMALLEST_PART, MOST_PARTS = 16 * 1024**2, 9_000
AT_ONCE = 8
"""Parts whose addresses are given at once."""
LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of the file that are not there yet, and the address to PUT them to."""

    number: int
    first: int
    size: int
    address: str


def is_offered() -> bool:
    """Whether browsers may send files to the bucket."""
    return settings.S3_DIRECT_UPLOADS and settings.STORAGE == storage.BUCKET


def carry_on(upload: Upload) -> tuple[int, list[Part]]:
    """Return how many bytes are there, and the next parts to send. If none is missing, the upload is ARRIVED.

    Raises Gone, storage.Unavailable.
    """
    stay_wanted(upload)
    there = _parts_there(upload)
    if there is None:  # it was put together, and the process killed before the row said so
        _arrive(upload)
        return upload.size, []
    missing = [(number, first, size) for number, first, size in _layout(upload.size) if there.get(number) != size]
    if not missing:
        storage.finish_parts(final_key(upload), upload.multipart_id)
        _arrive(upload)
        return upload.size, []
    addresses = [
        Part(number, first, size, storage.part_link(final_key(upload), upload.multipart_id, number, lasts=LASTS))
        for number, first, size in missing[:AT_ONCE]
    ]
    return upload.size - sum(size for _, _, size in missing), addresses


def part_size(size: int) -> int:
    """The size of all parts but the last one: the same each time for a file of this size."""
    return max(SMALLEST_PART, -(-size // MOST_PARTS))


def _layout(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, first byte and size of each part."""
    step = part_size(size)
    for number, first in enumerate(range(0, size, step), 1):
        yield number, first, min(step, size - first)


def _parts_there(upload: Upload) -> dict[int, int] | None:
    """The size of each part that is there, by its number; None if they have become the whole file already."""
    if upload.multipart_id:
        with suppress(FileNotFoundError):
            return storage.parts_there(final_key(upload), upload.multipart_id)
        if storage.size_of(final_key(upload)) == upload.size:
            return None
    begun, before = storage.begin_parts(final_key(upload)), upload.multipart_id
    mine = Upload.objects.filter(pk=upload.pk, status=Upload.Status.RECEIVING, multipart_id=before)
    if not mine.update(multipart_id=begun):  # another window was faster, or it was removed
        storage.drop_parts(final_key(upload), begun)
        raise Gone
    upload.multipart_id = begun
    return {}


def _arrive(upload: Upload) -> None:
    # The file in the folder has at most what came by another way.
    storage.path(upload.key).unlink(missing_ok=True)
    arrived(upload)
