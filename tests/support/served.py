"""A folder on the web, for a provider that fetches films by their links."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.background_server import BackgroundServer
from tests.support.media import make_film


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Served(BackgroundServer):
    """``with Served(folder) as served:`` its files stand at ``served.url``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder))))


@contextmanager
def served_film(folder: Path) -> Iterator[str]:
    """The link of a film of two seconds, which is made in this empty folder."""
    film = make_film(folder / "film.mp4", seconds=2)
    with Served(folder) as served:
        yield f"{served.url}/{film.name}"
