"""What others notice while hundreds of clients are slow: in production behind nginx, and of web by itself."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.measuring import MIB, Figure, Memory, Sizes, at_least, below, child_of, p95, workplace
from tests.bench.portal import QuietSandbox, signed_in
from tests.support.nginx import SETTINGS, Nginx, find_nginx
from tests.support.portal import Portal
from tests.support.siege import Counts, headers_of, put_result, siege
from tests.support.slow_clients import seconds_for
from tests.support.tus import Sender

PAGE_GOAL, MEMORY_GOAL, UPLOAD_GOAL = 250, 100, 0.5
PRODUCTION = Counts(paused=200, half_heads=200, slow_forms=200, drips=64)
BY_ITSELF = Counts(paused=64, half_heads=64, slow_forms=64, drips=64)


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Pages, an upload and memory under siege; the upload against one before it."""
    with workplace() as folder, QuietSandbox(folder / "sandbox") as sandbox:
        with Portal(folder / "portal", sandbox) as portal:
            file = put_result(portal, os.urandom(30 * MIB))
            portal.start("web")
            yield from _besieged("by itself", portal, portal.url, file, BY_ITSELF, sizes.visits)
        if not find_nginx():
            return
        with Portal(folder / "behind", sandbox, **SETTINGS) as portal:
            file = put_result(portal, os.urandom(30 * MIB))
            portal.start("web")
            with Nginx(folder / "nginx", portal.url, str(Path(portal.environment["MEDIA_ROOT"]))) as nginx:
                yield from _besieged("in production", portal, nginx.url, file, PRODUCTION, sizes.visits)


def _besieged(name: str, portal: Portal, url: str, file: str, counts: Counts, visits: int) -> Iterator[Figure]:
    with closing(signed_in(portal, "member", url=url)) as member:
        sender, film = Sender(url, headers_of(member)), os.urandom(32 * MIB)
        before = min(_upload(sender, film) for _ in range(3))
        memory = Memory(child_of(portal.processes["web"].pid))
        with siege(portal, url, file, counts):
            for path in ("/healthz", "/sign-in/"):
                taken = [seconds_for(url, path) * 1000 for _ in range(visits)]
                yield below(PAGE_GOAL, f"slow clients, {name}: {path} p95", p95(taken), "ms", visits=visits)
            during = min(_upload(sender, film) for _ in range(3))
        size = len(film) / 1e6
        told = f"slow clients, {name}: another person's upload"
        yield at_least(UPLOAD_GOAL, told, size / during, size / before, "MB/s")
        yield below(MEMORY_GOAL, f"slow clients, {name}: server memory growth", memory.growth(), "MB")


def _upload(sender: Sender, film: bytes) -> float:
    path, line, began = sender.create_upload(len(film)), sender.line(timeout=60), time.perf_counter()
    line.begin_patch(path, 0, len(film))
    line.send(film)
    assert line.answer().status == 204
    line.close()
    return time.perf_counter() - began
