"""Random orders of callbacks, polls, replays and lost answers: the portal ends where the provider is."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator

from tests.chaos.outcome import Outcome, measured
from tests.chaos.scale import Scale
from tests.support.portal import ROOT

_TESTS = ("tests/faults/test_schedules.py", "tests/faults/test_sent_again_at_random.py")


def random_schedules(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """Each schedule is a test's loop; the figure is whether every one of them ended as it must."""
    environment = os.environ | {"SCHEDULES": str(scale.schedules)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *_TESTS]
    with measured("random schedules", 0, schedules=scale.schedules) as outcome:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        outcome.got = done.returncode
        outcome.context["tests"] = done.stdout.strip().splitlines()[-1]
    yield outcome
