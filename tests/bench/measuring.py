"""What a figure is, and how two sides are compared on a machine that others use as well."""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

MIB = 1024**2
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything; the goals are meant for the full ones."""

    film: int = 1024 * MIB
    transfers: int = 7
    assets: tuple[int, int] = (1_000, 1_000_000)
    files: int = 200_000
    visits: int = 60
    callbacks: int = 80
    callback_rounds: int = 12
    dubs: int = 20
    crowd: int = 100
    crowd_rounds: int = 2
    notices: int = 1_000
    notice_seconds: int = 60
    guesses: int = 100_000


QUICK = Sizes(
    film=64 * MIB,
    assets=(1_000, 20_000),
    files=5_000,
    visits=30,
    callback_rounds=8,
    dubs=8,
    crowd=40,
    crowd_rounds=1,
    notices=200,
    notice_seconds=10,
    guesses=5_000,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the output. ``ours`` and ``against`` come from one run; ``met`` is None where no goal was set."""

    figure: str
    ours: float
    against: float | None
    unit: str
    ratio: float | None
    goal: str
    met: bool | None
    context: dict[str, object] = field(default_factory=dict)

    def line(self) -> str:
        """As one line of JSON."""
        told = asdict(self)
        context = told.pop("context")
        return json.dumps({name: _short(value) for name, value in (told | context).items()})


def at_least(goal: float, name: str, ours: float, against: float, unit: str, **context: object) -> Figure:
    """Ours may be smaller than the other side, but not by more than this factor."""
    ratio = ours / against
    return Figure(name, ours, against, unit, ratio, f"ratio >= {goal:g}", ratio >= goal, context)


def at_most(goal: float, name: str, ours: float, against: float, unit: str, **context: object) -> Figure:
    """Ours may be larger than the other side, but not by more than this factor."""
    ratio = ours / against
    return Figure(name, ours, against, unit, ratio, f"ratio <= {goal:g}", ratio <= goal, context)


def below(limit: float, name: str, ours: float, unit: str, **context: object) -> Figure:
    """Ours has to stay under a fixed limit."""
    return Figure(name, ours, limit, unit, ours / limit, f"< {limit:g} {unit}", ours < limit, context)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(len(values) * 0.95) - 1]


def interleaved(rounds: int, *sides: Callable[[], Value]) -> list[list[Value]]:
    """Every side once a round, in turns first: what disturbs the machine disturbs them alike."""
    results: list[list[Value]] = [[] for _ in sides]
    for number in range(rounds):
        order = range(len(sides))
        for side in order if number % 2 == 0 else reversed(order):
            results[side].append(sides[side]())
    return results


def spread(values: Sequence[float]) -> list[float]:
    """Least, median and greatest."""
    return [min(values), median(values), max(values)]


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)


class Memory:
    """The peak of one process's resident memory, from here on."""

    def __init__(self, pid: int) -> None:
        self._folder = Path("/proc", str(pid))
        (self._folder / "clear_refs").write_text("5")
        self._before = self._kilobytes("VmRSS")

    def growth(self) -> float:
        """MB that the peak lies above the beginning."""
        return (self._kilobytes("VmHWM") - self._before) * 1024 / 1e6

    def _kilobytes(self, name: str) -> int:
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise LookupError(name)


def processor_seconds(pid: int) -> float:
    """What a process has used, with all that it has started: those that have ended, and those that are still there."""
    used = 0.0
    for one in _tree(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            used += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return used


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(FileNotFoundError, ProcessLookupError):
                found += map(int, children.read_text().split())
    return found


def child_of(pid: int) -> int:
    """The one process that ``pid`` has started."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.05)
    raise LookupError(f"{pid} has no child")


def empty(folder: Path) -> None:
    """Remove the files in a folder, so that gigabytes neither pile up nor are written out later."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def _short(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return [_short(each) for each in value] if isinstance(value, list | tuple) else value
