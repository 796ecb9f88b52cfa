"""Forwarding a large upload: the worker's client against ``curl -F``, both to the same sandbox."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.film import SECONDS, make_large_film
from tests.bench.measuring import MIB, Figure, Memory, Sizes, at_least, below, empty, interleaved, spread, workplace
from tests.bench.portal import QuietSandbox, ask, curl
from tests.support.conservation import rows
from tests.support.portal import Portal

GOAL, MEMORY_GOAL = 0.8, 100
REQUEST = {"name": "By curl", "locale": "en-US", "languages": [{"locale": "es-ES"}], "auto_generate": "off"}
PATIENCE = 150.0
_ACCEPTED = "SELECT 1 FROM dubbing_submission WHERE id = %s AND status = 'accepted'"


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Throughput, and how much memory the worker takes for it."""
    if not shutil.which("curl"):
        raise LookupError("there is no curl on this machine to compare with")
    with workplace() as folder, QuietSandbox(folder / "sandbox") as sandbox, _portal(folder, sandbox) as portal:
        film = _bring(portal, "large", sizes.film)
        _bring(portal, "small", 4 * MIB)
        portal.start("worker").start_scheduler(every=1)
        forward = _Forward(portal, sandbox)
        forward.send("small.mp4")
        _by_curl(sandbox, film)
        memory = Memory(portal.processes["worker"].pid)
        ours, theirs = interleaved(sizes.transfers, lambda: forward.send("large.mp4"), lambda: _by_curl(sandbox, film))
        grown = memory.growth()
    size = sizes.film / 1e6
    context = {"mebibytes": sizes.film // MIB, "ours_seconds": spread(ours), "against_seconds": spread(theirs)}
    yield at_least(GOAL, "forwarding", size / median(ours), size / median(theirs), "MB/s", **context)
    yield below(MEMORY_GOAL, "forwarding: worker memory growth", grown, "MB", mebibytes=sizes.film // MIB)


def _portal(folder: Path, sandbox: QuietSandbox) -> Portal:
    return Portal(folder / "portal", sandbox)


def _bring(portal: Portal, name: str, size: int) -> Path:
    """Put a film into the storage, with its row."""
    path = Path(portal.environment["MEDIA_ROOT"]) / "sources" / f"{name}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    make_large_film(path, size)
    ask(portal, "source", f"sources/{name}.mp4", size, SECONDS)
    return path


class _Forward:
    """The worker sends one film after another; its own rows say how long it took."""

    def __init__(self, portal: Portal, sandbox: QuietSandbox) -> None:
        self.portal, self.sandbox = portal, sandbox

    def send(self, name: str) -> float:
        """Seconds from the claim to the answer written down."""
        submission = ask(self.portal, "wish", name)
        deadline = time.monotonic() + PATIENCE
        while not rows(self.portal, _ACCEPTED, submission):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} was not sent\n{self.portal.logs()}")
            time.sleep(0.2)
        empty(self.sandbox.state_dir / "sources")
        return float(ask(self.portal, "sending_time", submission))


def _by_curl(sandbox: QuietSandbox, film: Path) -> float:
    form = ["-F", f"request={json.dumps(REQUEST)}", "-F", f"video=@{film};type=video/mp4"]
    took = curl("-H", f"Authorization: {sandbox.headers['Authorization']}", *form, f"{sandbox.url}/v1/assets/upload")
    empty(sandbox.state_dir / "sources")
    return took
