"""A large file coming in: a person's PUT to the portal, against a raw body written by the same server to the same disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

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
from tests.bench.portal import QuietSandbox, curl, signed_in, start_bare
from tests.support.portal import Portal

GOAL, MEMORY_GOAL = 0.8, 50


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Throughput, and how much memory the server takes for it. Ours also hashes the file, looks into it, makes a poster."""
    if not shutil.which("curl"):
        raise LookupError("there is no curl on this machine to send with")
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
        sides = (lambda: _to_portal(portal, browser, film)), (lambda: _to_bare(portal, bare, film))
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
    headers = ["-H", f"Cookie: {cookies}", "-H", f"X-CSRFToken: {browser.headers['X-CSRFToken']}"]
    took = curl(*headers, "--upload-file", str(film), portal.url + made["url"])
    assert browser.get(made["url"]).json()["status"] == "complete"
    empty(Path(portal.environment["MEDIA_ROOT"]))
    return took


def _to_bare(portal: Portal, url: str, film: Path) -> float:
    took = curl("--upload-file", str(film), url)
    empty(Path(portal.environment["MEDIA_ROOT"]))
    return took
