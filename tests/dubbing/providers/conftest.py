from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
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
    return PanjayaProvider(server.url, KEY, deadline=2)


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


def peak_memory() -> int:
    """Most bytes this process ever had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
