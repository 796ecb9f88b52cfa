"""Hundreds of slow clients: what others notice meanwhile."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

from tests.bench import slow_clients
from tests.bench.measuring import QUICK
from tests.chaos.outcome import Outcome, measured
from tests.chaos.scale import Scale


def slow_clients_everywhere(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """The figures of the bench, each of which has its goal."""
    for figure in slow_clients.measure(dataclasses.replace(QUICK, visits=scale.visits)):
        with measured(figure.figure, figure.goal) as outcome:
            outcome.got = figure.goal if figure.met else f"{figure.ours:.4g} {figure.unit}"
            outcome.context = {"measured": f"{figure.ours:.4g} {figure.unit}"}
        yield outcome
