"""The media files that rows name: their list in a backup, their copies, and what is missing after a restore."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.db.models import QuerySet

from dubbing.backup.manifest import checksum_of
from dubbing.models import Delivery, DeliveryEntry, Result, Upload
from dubbing.platform import disk, storage

FILE = "media.jsonl"
COPIES = "files"
"""The folder of the copies, beside the backups: they share it, because a file under a key never changes."""
NAMED = 20


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file in our storage. Not every row knows the size and the SHA-256 of what it names."""

    key: str
    size: int | None = None
    sha256: str = ""


@dataclass(slots=True)
class Copied:
    """What copying did: files copied now, files that were there already, and keys without a file."""

    copied: int = 0
    present: int = 0
    missing: int = 0


@dataclass(slots=True)
class Check:
    """What a check of the media files found. ``problems``: the first of them, as (key, what is wrong)."""

    files: int = 0
    copied: int = 0
    wrong: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


def in_rows(using: str) -> Iterator[MediaFile]:
    """Every complete file that the rows of this database name, once for each row."""
    uploads = Upload.objects.using(using).exclude(key="")
    there = uploads.filter(status__in=[Upload.Status.ARRIVED, Upload.Status.COMPLETE])
    yield from _sized(there)
    for column in ("poster_key", "peaks_key", "proxy_key"):
        for key in uploads.exclude(**{column: ""}).values_list(column, flat=True).iterator():
            yield MediaFile(key)
    yield from _sized(Result.objects.using(using))
    alive = Delivery.objects.using(using).exclude(status=Delivery.Status.EXPIRED)
    made = DeliveryEntry.objects.using(using).filter(key__startswith=f"{storage.Kind.DELIVERY}/", delivery__in=alive)
    for key in made.order_by("key").values_list("key", flat=True).distinct().iterator():
        yield MediaFile(key)
    for key in alive.exclude(texts_key="").values_list("texts_key", flat=True).iterator():
        yield MediaFile(key)


def write_list(files: Iterable[MediaFile], path: Path) -> tuple[int, int]:
    """Write one line for each file. Returns how many there are, and the bytes of those whose size is known."""
    number = size = 0
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8") as lines:
        for file in files:
            lines.write(json.dumps({"key": file.key, "size": file.size, "sha256": file.sha256}) + "\n")
            number, size = number + 1, size + (file.size or 0)
    return number, size


def read_list(path: Path) -> Iterator[MediaFile]:
    """The files of a list."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield MediaFile(**json.loads(line))


def copy_all(files: Iterable[MediaFile], folder: Path) -> Copied:
    """Copy the files that ``folder`` does not have yet, as hard links where that is possible.

    It can be stopped and started again: what is under its name is complete.
    """
    did = Copied()
    for file in files:
        copy = folder / file.key
        if not storage.exists(file.key):
            did.missing += 1
        elif copy.is_file() and copy.stat().st_size == storage.size_of(file.key):
            did.present += 1
        else:
            with storage.opened(file.key) as source:
                _put(source, copy, link=storage.is_in_folder(file.key))
            did.copied += 1
    return did


def check_all(files: Iterable[MediaFile], copies: Path) -> Check:
    """Check that every file is in our storage in its size; what is not is taken from ``copies`` if it is there."""
    check = Check()
    for file in files:
        check.files += 1
        copy = copies / file.key
        problem = _problem_of_stored(file)
        if not problem:
            continue
        if copy.is_file() and not _problem(copy.stat().st_size, file) and file.sha256 in ("", checksum_of(copy)):
            _put(copy, storage.path(file.key), link=False)  # what is in the folder is read there, with a bucket as well
            check.copied += 1
            continue
        check.wrong += 1
        if len(check.problems) < NAMED:
            check.problems.append((file.key, problem))
    return check


def _sized(rows: QuerySet[Upload] | QuerySet[Result]) -> Iterator[MediaFile]:
    for key, size, sha256 in rows.order_by("pk").values_list("key", "size", "sha256").iterator():
        yield MediaFile(key, size, sha256)


def _problem_of_stored(file: MediaFile) -> str:
    return _problem(storage.size_of(file.key), file) if storage.exists(file.key) else "missing"


def _problem(size: int, file: MediaFile) -> str:
    return "" if file.size in (None, size) else f"{size} bytes instead of {file.size}"


def _put(source: Path, target: Path, *, link: bool) -> None:
    """Make the file appear under its name in one step."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = target.with_name(f".{target.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        if link:
            with suppress(OSError):  # another disk, or one without links
                os.link(source, temporary)
        if not temporary.exists():
            shutil.copyfile(source, temporary)
            disk.flush(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
