"""From the provider's "Completed" to a result that can be played, with callbacks, in a portal of real processes."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.measuring import Figure, Sizes, below, p95, spread, workplace
from tests.bench.portal import QuietSandbox, ask
from tests.support.conservation import rows
from tests.support.media import make_film
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.served import Served

GOAL = 2.0
BETWEEN = 0.5
PATIENCE = 90.0
_ARRIVED = "SELECT count(*) FROM dubbing_result"


def measure(sizes: Sizes) -> Iterator[Figure]:
    """The films are so small that the download is no part worth subtracting. As they come, then all within a second."""
    with (
        workplace() as folder,
        QuietSandbox(folder / "sandbox", "seconds:1") as sandbox,
        Portal(folder / "portal", sandbox).start() as portal,
        Served(folder) as served,
    ):
        film = make_film(folder / "film.mp4", seconds=1)
        link = f"{served.url}/{film.name}"
        context: dict[str, object] = {"dubs": sizes.dubs, "film_bytes": film.stat().st_size, "callbacks": True}
        paced = _waits(portal, sandbox, link, sizes.dubs, BETWEEN)
        told = context | {"seconds_between": BETWEEN, "least_median_greatest": spread(paced)}
        yield below(GOAL, "completed to playable", p95(paced), "s", **told, callbacks_lost=_lost(sandbox))
        crowd = _waits(portal, sandbox, link, sizes.dubs, 0)
        told = context | {"least_median_greatest": spread(crowd), "callbacks_lost": _lost(sandbox)}
        yield Figure("completed to playable, a crowd", p95(crowd), None, "s", None, "none set", None, told)


def _lost(sandbox: SandboxProcess) -> int:
    """Callbacks that the portal did not take, however often they came."""
    return sum(told["outcome"] == "given_up" for told in sandbox.control("callbacks", method="GET"))


def _waits(portal: Portal, sandbox: SandboxProcess, link: str, number: int, between: float) -> list[float]:
    before = set(ask(portal, "kept"))
    ask(portal, "wishes", number, link, between)
    deadline = time.monotonic() + PATIENCE
    while (arrived := rows(portal, _ARRIVED)[0][0] - len(before)) < number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{arrived} of {number} dubs arrived\n{portal.logs()}")
        time.sleep(0.2)
    completed = completed_at(sandbox.state_dir)
    return [at - completed[name] for name, at in ask(portal, "kept").items() if name not in before]


def completed_at(state_dir: Path) -> dict[str, float]:
    """When the sandbox called each version Completed, from its own state."""
    with closing(sqlite3.connect(f"file:{state_dir / 'state.sqlite3'}?mode=ro", uri=True)) as database:
        assets = [json.loads(body) for (body,) in database.execute("SELECT body FROM assets")]
    versions = [version for asset in assets for version in asset["versions"]]
    return {one["version_id"]: float(one["since"]) for one in versions if one["status"] == "Completed"}
