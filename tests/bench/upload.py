"""A large film coming in: tus to the portal, against a raw body written by the same server to the same disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx

from tests.bench.film import make_large_film
from tests.bench.measuring import (
    MIB,
    Figure,
    Memory,
    Sizes,
    at_least,
    below,
    child_of,
    empty,
    interleaved,
    spread,
    workplace,
)
from tests.bench.portal import QuietSandbox, signed_in, start_bare
from tests.support.portal import Portal
from tests.support.tus import Sender

GOAL, MEMORY_GOAL = 0.8, 50
PATIENCE = 120.0
PIECE = 64 * MIB


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Throughput and memory. Every side waits until the disk has the file; it is examined later, by a worker."""
    with (
        workplace() as folder,
        QuietSandbox(folder / "sandbox") as sandbox,
        Portal(folder / "portal", sandbox).start("web") as portal,
        closing(signed_in(portal)) as browser,
    ):
        film = make_large_film(folder / "film.mp4", sizes.film)
        bare, sender = f"{start_bare(portal)}/?flush", _sender(portal, browser)
        _by_tus(portal, sender, make_large_film(folder / "small.mp4", 4 * MIB), PIECE)
        memory = Memory(child_of(portal.processes["web"].pid))
        sides = (
            lambda: _by_tus(portal, sender, film, sizes.film),
            lambda: _by_tus(portal, sender, film, PIECE),
            lambda: _put(portal, bare, film),
        )
        whole, pieces, theirs = interleaved(sizes.transfers, *sides)
        grown = memory.growth()
    size, against = sizes.film / 1e6, sizes.film / 1e6 / median(theirs)
    context = {"mebibytes": sizes.film // MIB, "against_seconds": spread(theirs)}
    for name, ours in (("upload, one PATCH", whole), ("upload, PATCHes of 64 MiB", pieces)):
        yield at_least(GOAL, name, size / median(ours), against, "MB/s", **context, ours_seconds=spread(ours))
    yield below(MEMORY_GOAL, "upload: server memory growth", grown, "MB", mebibytes=sizes.film // MIB)


def _sender(portal: Portal, browser: httpx.Client) -> Sender:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return Sender(portal.url, {"Cookie": cookies, "X-CSRFToken": browser.headers["X-CSRFToken"]})


def _by_tus(portal: Portal, sender: Sender, film: Path, piece: int) -> float:
    """Announced, sent in pieces over one connection, and safe on the disk."""
    size = film.stat().st_size
    began = time.perf_counter()
    path, line = sender.create_upload(size), sender.line(timeout=PATIENCE)
    for offset in range(0, size, piece):
        count = min(piece, size - offset)
        line.begin_patch(path, offset, count)
        line.send_file(film, offset, count)
        answer = line.answer()
        assert (answer.status, answer.offset) == (204, offset + count), answer
    took = time.perf_counter() - began
    line.close()
    empty(Path(portal.environment["MEDIA_ROOT"]))
    return took


def _put(portal: Portal, url: str, film: Path) -> float:
    """Send it as fast as the kernel can; the seconds until the answer."""
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=PATIENCE)
    began = time.perf_counter()
    connection.putrequest("PUT", url.removeprefix(f"http://{address.netloc}"))
    connection.putheader("Content-Length", str(film.stat().st_size))
    connection.endheaders()
    with film.open("rb") as file:
        connection.sock.sendfile(file)
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - began
    connection.close()
    assert answer.status in (200, 204), answer.status
    empty(Path(portal.environment["MEDIA_ROOT"]))
    return took
