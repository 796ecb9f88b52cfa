"""Rows that all tests of a module share, where making them takes longer than most of the tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

T = TypeVar("T")
_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


@contextmanager
def shared_rows(blocker: DjangoDbBlocker, folder: Path, make: Callable[[], T]) -> Iterator[T]:
    """What ``make`` returns, with the rows it made, until the block ends. Each test takes back what it did itself.

    ``folder``: where their files are. A test has to set MEDIA_ROOT to a copy of it (``copied_files``).
    """
    outer = transaction.atomic()
    with blocker.unblock():
        outer.__enter__()
        with override_settings(MEDIA_ROOT=folder, DISK_LOW_WATER_BYTES=0, PASSWORD_HASHERS=[_HASHER]):
            made = make()
    yield made
    with blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


def copied_files(folder: Path, root: Path) -> Path:
    """The shared files again, in a folder below ``root``: no transaction takes back what a test does to files."""
    return Path(shutil.copytree(folder, root / "shared-media"))
