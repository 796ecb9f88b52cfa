"""The command ``move_storage``: move all files between the folder and the bucket while the portal runs."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dubbing.models import Result, Upload
from dubbing.platform import bucket, formatting, storage, storage_moves

_AT_ONCE = 200

Move = Callable[[str, str], int]


class Command(BaseCommand):
    """``--to s3`` and ``--to local``."""

    help = (
        "Move all files from MEDIA_ROOT to the bucket, or back, while the portal runs. It can be stopped at any time "
        "and run again to continue. Exit status: 0 everything is there, 1 something was not moved: stderr names it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add where to."""
        parser.add_argument("--to", required=True, choices=[storage.BUCKET, storage.FOLDER])

    def handle(self, *args: Any, **options: Any) -> None:
        """Move them."""
        place = options["to"]
        if not bucket.is_configured():
            raise CommandError("S3_BUCKET is not set, so all files are in MEDIA_ROOT.")
        if place != settings.STORAGE:
            raise CommandError(
                f"New files would not be kept there. Set STORAGE={place}, restart all processes, and run this again."
            )
        try:
            if place == storage.BUCKET:
                self._move(storage_moves.keys_in_folder(), storage_moves.to_bucket)
            else:
                self._move(storage_moves.keys_in_bucket(), storage_moves.to_folder)
        except bucket.Unavailable as problem:
            raise CommandError(f"{problem.detail} {problem.hint} Then run this again to continue.") from problem
        except storage.NoRoom as problem:
            raise CommandError(
                "There is not enough disk space. Make room, and run this again to continue."
            ) from problem

    def _move(self, keys: Iterable[str], move: Move) -> None:
        self.stdout.write("Moving files.")
        number = size = failed = 0
        for key, expected in _with_hashes(keys):
            try:
                size += move(key, expected)
                number += 1
            except FileNotFoundError:
                continue  # deleted meanwhile, or moved by another process
            except (storage_moves.Different, storage.Damaged) as problem:
                failed += 1
                self.stderr.write(f"not moved: {problem.strerror or problem}")
            if number % _AT_ONCE == 0:
                self.stdout.write(f"{number:,} files, {formatting.size(size)}")
        self.stdout.write(f"Moved {number:,} files, {formatting.size(size)}.")
        if failed:
            raise CommandError(f"{failed} could not be moved, and are where they were.")


def _with_hashes(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each key with the SHA-256 that a row has of it; empty if none has."""
    left = iter(keys)
    while some := list(islice(left, _AT_ONCE)):
        known = dict(Upload.objects.filter(key__in=some).values_list("key", "sha256"))
        known |= dict(Result.objects.filter(key__in=some).values_list("key", "sha256"))
        yield from ((key, known.get(key, "")) for key in some)
