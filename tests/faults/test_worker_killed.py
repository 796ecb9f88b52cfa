"""The worker is killed again and again, and the provider loses answers: nothing is lost, nothing is paid for twice."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.support.conservation import end_waits, make_wishes, statuses, unsettled, violations
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [
    pytest.mark.long,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(1200 if os.environ.get("CHAOS") else 180),
]
SUBMISSIONS, KILLS = (100, 50) if os.environ.get("CHAOS") else (12, 6)
QUICKLY = {"SETTLE_SECONDS": "2", "POLL_FIRST_SECONDS": "1", "POLL_LONGEST_SECONDS": "4", "THREADS": "4"}
QUICKLY |= {"LEASE_SECONDS": "3"}
NOWHERE = "http://127.0.0.1:9/film.mp4"


def test_every_submission_is_carried_out_exactly_once(tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED", "0")) or random.randrange(10**6)
    dice = random.Random(seed)
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox, **QUICKLY) as portal:
        lose_answers(sandbox, dice)
        make_wishes(portal, SUBMISSIONS, NOWHERE)
        portal.start_scheduler(every=0.3)
        for _ in range(KILLS):
            portal.start_worker()
            time.sleep(dice.uniform(0.0, 1.0))
            portal.kill("worker")
        portal.start_worker()
        settle_all(portal)
        assert violations(portal, sandbox) == [], f"SEED={seed}"
        assert len(sandbox.ledger()) == SUBMISSIONS


def lose_answers(sandbox: SandboxProcess, dice: random.Random) -> None:
    """About half of the requests go wrong, in every way; not for ever, because three times is a case for a person."""
    for kind, share in (("cut_after", 4), ("create_then", 3), ("cut_before", 1)):
        rule = {"probability": 0.4, "seed": dice.randrange(1000)}
        sandbox.fault("create", kind, times=max(1, SUBMISSIONS * share // 12), rule=rule)


def settle_all(portal: Portal) -> None:
    """Until every request has its outcome, with the waits cut short."""
    deadline = time.monotonic() + (600 if os.environ.get("CHAOS") else 90)
    while unsettled(portal):
        assert time.monotonic() < deadline, f"{statuses(portal)}\n{portal.logs()}"
        end_waits(portal)
        time.sleep(0.3)
