"""How long the sandbox takes to dub a minute of film."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from sandbox.sample import make_sample
from tests.bench.measuring import Figure, Sizes, spread, workplace
from tests.support.sandbox import SandboxProcess
from tests.support.served import Served

MINUTE, PATIENCE = 60.0, 60.0
ROUNDS = 3


def measure(sizes: Sizes) -> Iterator[Figure]:
    """From the request to the finished film; the other side is the time that it takes to watch it. No goal was set."""
    with workplace() as folder, SandboxProcess(policy="at_once", state_dir=folder / "sandbox") as sandbox:
        cues = make_sample(folder / "film.mp4", seconds=MINUTE)
        with Served(folder) as served:
            took = [_dub(sandbox, f"{served.url}/film.mp4") for _ in range(ROUNDS)]
    context = {"rounds": ROUNDS, "ours_seconds": spread(took), "spoken_lines": len(cues), "picture": "1280x720"}
    name, unit = "sandbox dub of a minute", "s per minute of film"
    yield Figure(name, median(took), MINUTE, unit, median(took) / MINUTE, "none set", None, context)


def _dub(sandbox: SandboxProcess, link: str) -> float:
    fields: dict[str, Any] = {"name": "A minute", "locale": "en-US", "languages": [{"locale": "es-ES"}]}
    began = time.monotonic()
    made = sandbox.request("POST", "/v1/assets/", json=fields | {"media_url": link, "auto_generate": "no_lips"}).json()
    while time.monotonic() < began + PATIENCE:
        asset = sandbox.request("GET", f"/v1/assets/{made['asset_id']}").json()
        if asset["status"] == "Ready":
            return time.monotonic() - began
        time.sleep(0.05)
    raise TimeoutError(f"the dub did not end: {asset}")
