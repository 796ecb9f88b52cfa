"""A large file coming in: a PUT to the portal, against a raw body written by the same server to the same disk."""

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

GOAL, MEMORY_GOAL = 0.8, 50
PATIENCE = 120.0


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Throughput and memory. Both wait for the disk; ours also hashes the film, examines it and makes a poster."""
    with (
        workplace() as folder,
        QuietSandbox(folder / "sandbox") as sandbox,
        Portal(folder / "portal", sandbox).start("web") as portal,
        closing(signed_in(portal)) as browser,
    ):
        film = make_large_film(folder / "film.mp4", sizes.film)
        small = make_large_film(folder / "small.mp4", 4 * MIB)
        bare = f"{start_bare(portal)}/?flush"
        _to_portal(portal, browser, small)
        memory = Memory(child_of(portal.processes["web"].pid))
        sides = (lambda: _to_portal(portal, browser, film)), (lambda: _put(portal, bare, film, {}))
        ours, theirs = interleaved(sizes.transfers, *sides)
        grown = memory.growth()
    size = sizes.film / 1e6
    context = {"mebibytes": sizes.film // MIB, "ours_seconds": spread(ours), "against_seconds": spread(theirs)}
    yield at_least(GOAL, "upload", size / median(ours), size / median(theirs), "MB/s", **context)
    yield below(MEMORY_GOAL, "upload: server memory growth", grown, "MB", mebibytes=sizes.film // MIB)


def _to_portal(portal: Portal, browser: httpx.Client, film: Path) -> float:
    """From the first byte until the portal says that the film is usable."""
    announced = {"kind": "video", "name": film.name, "size": film.stat().st_size}
    made = browser.post("/uploads/", json=announced).raise_for_status().json()
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Cookie": cookies, "X-CSRFToken": browser.headers["X-CSRFToken"]}
    return _put(portal, portal.url + made["url"], film, headers)


def _put(portal: Portal, url: str, film: Path, headers: dict[str, str]) -> float:
    """Send it as fast as the kernel can; the seconds until the answer."""
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=PATIENCE)
    began = time.perf_counter()
    connection.putrequest("PUT", url.removeprefix(f"http://{address.netloc}"))
    for name, value in (headers | {"Content-Length": str(film.stat().st_size)}).items():
        connection.putheader(name, value)
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
