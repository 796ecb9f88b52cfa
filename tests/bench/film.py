"""Films for the figures: a large one with real bytes on the disk, and small ones."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from tests.bench.measuring import MIB
from tests.support.media import make_film

SECONDS = 8.0


def make_large_film(path: Path, size: int) -> Path:
    """A film of exactly ``size`` bytes: a short one, then a box that players skip, full of what cannot be squeezed."""
    make_film(path, seconds=SECONDS, size=(320, 240))
    block = os.urandom(8 * MIB)
    with path.open("ab") as file:
        rest = size - file.tell()
        file.write(struct.pack(">I4sQ", 1, b"free", rest))
        rest -= 16
        while rest:
            rest -= file.write(block[:rest])
        file.flush()
        os.fsync(file.fileno())
    return path
