"""How long something took, counted in this process until it is saved for all of them.

Metrics are read from rows, because every process measures and any of them may be asked. What a killed process has
counted since it last saved is lost: some seconds.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

LIMITS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Upper limits of the ranges in which durations are counted, in seconds. Longer ones are in a range without a limit."""


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """What was measured: ``name``; of whom: ``subject``; how it ended: ``outcome``; ``limit_ms``: range, 0 for none."""

    name: str
    subject: str
    outcome: str
    limit_ms: int


Counts: TypeAlias = Mapping[Series, tuple[int, float]]
"""For each series, how often, and the seconds together."""

_lock = threading.Lock()
_counts: dict[Series, tuple[int, float]] = defaultdict(lambda: (0, 0.0))


def observe(name: str, seconds: float, *, subject: str = "", outcome: str = "") -> None:
    """Count a duration."""
    limit = next((limit for limit in LIMITS if seconds <= limit), 0.0)
    add({Series(name, subject, outcome, round(limit * 1000)): (1, max(0.0, seconds))})


def add(counts: Counts) -> None:
    """Add these to what was counted: also those that could not be saved."""
    with _lock:
        for series, (count, seconds) in counts.items():
            before = _counts[series]
            _counts[series] = (before[0] + count, before[1] + seconds)


def take() -> dict[Series, tuple[int, float]]:
    """Everything that was counted since the last time."""
    with _lock:
        taken = dict(_counts)
        _counts.clear()
        return taken
