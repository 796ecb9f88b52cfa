"""Everybody slow at once, at a portal: paused players, half headers, slow forms and dripping uploads."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from tests.bench.portal import signed_in
from tests.support import slow_clients
from tests.support.portal import Portal
from tests.support.slow_clients import many
from tests.support.tus import BYTES, TUS, Sender

_ROW = """m.Result.objects.create(key='results/large.mp4', sha256='{sha256}', size={size}, duration=1.0,
 version=m.Version.objects.create(remote_id='v', provider='panjaya',
  dubbing=m.Dubbing.objects.create(locale='es-ES',
   asset=m.Asset.objects.create(project=m.Project.objects.get(), provider='panjaya', status='completed',
    created_by=m.Project.objects.get().members.first())))).pk"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each."""

    paused: int = 0
    half_heads: int = 0
    slow_forms: int = 0
    drips: int = 0


def put_result(portal: Portal, content: bytes) -> str:
    """A result of these bytes; its address."""
    path = Path(portal.environment["MEDIA_ROOT"], "results", "large.mp4")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    pk = portal.ask(_ROW.format(sha256=hashlib.sha256(content).hexdigest(), size=len(content)))
    return f"/files/results/{pk}/"


def headers_of(browser: httpx.Client) -> dict[str, str]:
    """What makes a request this browser's."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return {"Cookie": cookies, "X-CSRFToken": browser.headers["X-CSRFToken"]}


@contextmanager
def siege(portal: Portal, url: str, file: str, counts: Counts) -> Iterator[None]:
    """All of them, the owner's where somebody has to be signed in, until the end of the block."""
    with closing(signed_in(portal, url=url)) as browser, ExitStack() as stack:
        headers = headers_of(browser)
        sender = Sender(url, headers)
        uploads = [sender.create_upload(10**8) for _ in range(counts.drips)]
        stack.enter_context(many(counts.half_heads, partial(slow_clients.half_head, url)))
        forms = partial(slow_clients.slow_body, url, "/sign-in/", 60_000)
        drips = stack.enter_context(many(counts.slow_forms, forms))
        for path in uploads:
            with suppress(OSError):
                drips += stack.enter_context(many(1, partial(_drip, url, path, headers)))
        stack.enter_context(many(counts.paused, partial(slow_clients.paused_download, url, file, headers)))
        stack.enter_context(slow_clients.dripping(drips, every=5.0))
        yield


def _drip(url: str, path: str, headers: dict[str, str]) -> socket.socket:
    said = TUS | headers | {"Upload-Offset": 0, "Content-Length": 10**8, "Content-Type": BYTES}
    sock = slow_clients.connect(url)
    sock.sendall(slow_clients.request("PATCH", path, said) + b"x")
    return sock
