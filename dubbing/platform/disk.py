"""Wait until files are on the disk, so that they survive a power failure."""

from __future__ import annotations

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Wait until this file is on the disk; for a folder, until the names in it are. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_all(folder: Path) -> None:
    """Wait until everything in the folder is on the disk. Raises OSError."""
    for path in folder.rglob("*"):
        flush(path)
    flush(folder)
