"""Paid requests while workers are killed, the broker is gone, and the provider lies or does not call back."""

from __future__ import annotations

import random
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.outcome import Outcome, measured
from tests.chaos.scale import Scale
from tests.support.conservation import (
    end_waits,
    make_wishes,
    rows,
    statuses,
    unsettled,
    violations,
    wait_for_done,
)
from tests.support.media import make_film
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.served import Served
from tests.support.worker_pool import WorkerPool

CALM = 300.0
"""All is settled within this many seconds after the last fault."""
WORKERS = 3
_LYING = 20.0
"""How long the provider lies where nothing else says how long. Seconds."""
_QUICKLY = {"SETTLE_SECONDS": "2", "POLL_FIRST_SECONDS": "1", "POLL_LONGEST_SECONDS": "4", "LEASE_SECONDS": "3"}
_NOBODY = "redis://127.0.0.1:1/0"
_NOWHERE = "http://127.0.0.1:9/film.mp4"


def killed_workers(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """Workers are killed one after another, and about half of the provider's answers are lost."""
    with _portal(_QUICKLY) as (portal, sandbox):
        lose_answers(sandbox, dice, scale.submissions)
        with measured(
            "killed workers, lying provider", settled(scale.submissions), kills=scale.kills, answers_lost="about half"
        ) as outcome:
            make_wishes(portal, scale.submissions, _NOWHERE)
            portal.start_scheduler(every=0.3)
            with WorkerPool(portal) as pool:
                workers = deque(pool.start() for _ in range(WORKERS))
                for _ in range(scale.kills):
                    time.sleep(dice.uniform(0.0, 0.5))
                    pool.kill(workers.popleft())
                    workers.append(pool.start())
                _calm_down(sandbox)
                outcome.context["seconds_of_calm"] = settle(portal)
            outcome.got = state(portal, sandbox)
        yield outcome


def without_broker(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """Nobody listens at the broker's address, and there is no worker: the sweep alone does everything."""
    with _portal(_QUICKLY | {"CELERY_BROKER_URL": _NOBODY}) as (portal, sandbox):
        lose_answers(sandbox, dice, scale.without_broker)
        with measured("no broker, no worker, lying provider", settled(scale.without_broker)) as outcome:
            make_wishes(portal, scale.without_broker, _NOWHERE)
            portal.start_scheduler(every=0.3)
            time.sleep(_LYING)
            _calm_down(sandbox)
            outcome.context["seconds_of_calm"] = settle(portal)
            outcome.got = state(portal, sandbox)
        yield outcome


def lost_callbacks(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """No callback ever arrives: each final video does, by polling."""
    with tempfile.TemporaryDirectory(prefix="chaos-films-") as folder, _portal({"POLL_FIRST_SECONDS": "1"}) as running:
        portal, sandbox = running
        make_film(Path(folder) / "film.mp4", seconds=2)
        sandbox.control("policy", engine="stub")
        sandbox.control("delivery", attempts=1)
        sandbox.fault("callback", "drop", times=-1)
        wanted = {"completed": scale.videos, "callbacks": 0, "violations": []}
        with Served(Path(folder)) as served, measured("callbacks lost", wanted) as outcome:
            make_wishes(portal, scale.videos, f"{served.url}/film.mp4")
            portal.start("web", "worker").start_scheduler(every=0.3)
            wait_for_done(portal, scale.videos, seconds=CALM)
            ((callbacks,),) = rows(portal, "SELECT count(*) FROM dubbing_callback")
            completed = statuses(portal)["completed"]
            outcome.got = {
                "completed": completed, "callbacks": callbacks, "violations": violations(portal, sandbox)
            }  # fmt: skip
        yield outcome


@contextmanager
def _portal(settings: dict[str, str]) -> Iterator[tuple[Portal, SandboxProcess]]:
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        SandboxProcess() as sandbox,
        Portal(Path(folder) / "portal", sandbox, **settings) as portal,
    ):
        yield portal, sandbox


def lose_answers(sandbox: SandboxProcess, dice: random.Random, submissions: int) -> None:
    """Not for ever, because three times is a case for a person."""
    for kind, share in (("cut_after", 4), ("create_then", 3), ("cut_before", 1)):
        rule = {"probability": 0.4, "seed": dice.randrange(1000)}
        sandbox.fault("create", kind, times=max(1, submissions * share // 12), rule=rule)


def _calm_down(sandbox: SandboxProcess) -> None:
    """The provider answers everything from now on. A hold that it was put on ends within a minute."""
    sandbox.control("faults", method="DELETE")


def settle(portal: Portal) -> float:
    """Seconds until every request has its outcome, with the waits between two searches cut short."""
    began = time.monotonic()
    while unsettled(portal):
        if time.monotonic() > began + CALM:
            raise AssertionError(f"not settled: {statuses(portal)}\n{portal.logs()}")
        end_waits(portal)
        time.sleep(0.5)
    return round(time.monotonic() - began, 1)


def settled(number: int) -> dict[str, object]:
    """What has to be so when all is settled."""
    return {"created": number, "lost_twice_or_wrong": []}


def state(portal: Portal, sandbox: SandboxProcess) -> dict[str, object]:
    """What is so now."""
    return {"created": len(sandbox.ledger()), "lost_twice_or_wrong": violations(portal, sandbox)[:20]}
