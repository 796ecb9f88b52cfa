from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dubbing.providers.base import AssetOrder, LocalFile, Target
from dubbing.providers.panjaya import PanjayaProvider
from tests.support.http_server import Server

KEY = "c4n4ry-0123456789"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def unread() -> Iterator[Server]:
    """A server whose script reads the body itself, or does not."""
    with Server(reads=False) as server:
        yield server


@pytest.fixture
def panjaya(server: Server) -> PanjayaProvider:
    return PanjayaProvider(server.url, KEY, deadline=6)


@pytest.fixture
def make_order(tmp_path: Path) -> Callable[..., AssetOrder]:
    def make(*, size: int | None = None, **changes: Any) -> AssetOrder:
        if size is not None:
            path = tmp_path / "video.bin"
            with path.open("wb") as file:
                file.truncate(size)
            changes["video"] = LocalFile(path, "film.mp4", "video/mp4")
        elif "video" not in changes:
            changes.setdefault("media_url", "https://media.example.com/film.mp4?signature=s3cr3t")
        return AssetOrder(**{"name": "Film", "locale": "en-US", "targets": (Target("es-ES"),), **changes})

    return make


@contextmanager
def flat_memory(at_most: int = 30_000_000) -> Iterator[None]:
    """What happens inside may not raise this process's resident memory by more than ``at_most`` bytes at any time."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _kilobytes("VmRSS")
    yield
    assert (_kilobytes("VmHWM") - before) * 1024 < at_most


def _kilobytes(line: str) -> int:
    found = re.search(rf"{line}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0
