"""A crowd of results that is there at one instant: how long until all are kept, by one worker and by four.

Two cores are soon busy with it, so what the processes used is told beside the ratio: where the results come at once,
the processor sets the pace, and where the provider takes its time, as all of them do, only waiting is shared out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from tests.bench.completed import completed_at
from tests.bench.measuring import Figure, Sizes, at_least, cores, interleaved, processor_seconds, workplace
from tests.bench.portal import QuietSandbox, ask
from tests.support.conservation import rows
from tests.support.media import make_film
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.served import Served

GOAL = 3.2
FEW, MANY = 1, 4
# Seconds that each answer of the provider and each download take. Where none is given, nothing waits: no goal then.
PACES = (0.0, 0.3, 1.0)
SLOW = ("get_asset", "get_version", "result")
STANDS_STILL, MOVES = "seconds:86400", "at_once"
PATIENCE = 300.0

_LOOKED_AT = """SELECT count(*) FROM dubbing_version v JOIN dubbing_dubbing d ON v.dubbing_id = d.id
    JOIN dubbing_asset a ON d.asset_id = a.id WHERE v.status = %s AND a.lease_until IS NULL"""
_UNANSWERED = "SELECT count(*) FROM dubbing_callback WHERE processed_at IS NULL"
_KEPT = "SELECT count(*) FROM dubbing_result"


@dataclass(frozen=True, slots=True)
class Crowd:
    """How long it took until the last one was kept, and what the processor did for it, in seconds."""

    took: float
    workers: float
    others: float


def measure(sizes: Sizes) -> Iterator[Figure]:
    """One worker and four in turns, at each pace of the provider."""
    with (
        workplace() as folder,
        QuietSandbox(folder / "sandbox", MOVES) as sandbox,
        # Without beat: it would run itself what no worker took in 20 seconds. So each result was enqueued, too.
        Portal(folder / "portal", sandbox).start("web") as portal,
        Served(folder) as served,
    ):
        film = make_film(folder / "film.mp4", seconds=1)
        place = _Place(portal, sandbox, f"{served.url}/{film.name}", sizes.crowd)
        for pace in PACES:
            yield _compared(place, pace, sizes.crowd_rounds)


def _compared(place: _Place, pace: float, rounds: int) -> Figure:
    few, many = interleaved(rounds, lambda: place.keep(FEW, pace), lambda: place.keep(MANY, pace))
    used = [median(one.workers for one in side) / place.number for side in (few, many)]
    others = median(one.others for one in many) / place.number
    context: dict[str, object] = {
        "results": place.number,
        "seconds_of_each_answer": pace,
        "seconds": [median(one.took for one in side) for side in (few, many)],
        "cpu_of_workers_per_result": used,
        "cpu_of_web_and_sandbox_per_result": others,
        # Without the database: no arrangement of the work is faster than this.
        "least_seconds_on_these_cores": place.number * (used[1] + others) / cores(),
        "cores": cores(),
        "database": place.portal.environment["DATABASE_URL"].partition(":")[0],
    }
    rates = [place.number / median(one.took for one in side) for side in (many, few)]
    name = f"a crowd of results, {MANY} workers : {FEW}"
    if not pace:
        return Figure(name, rates[0], rates[1], "results/s", rates[0] / rates[1], "none set", None, context)
    return at_least(GOAL, name, rates[0], rates[1], "results/s", **context)


class _Place:
    def __init__(self, portal: Portal, sandbox: SandboxProcess, link: str, number: int) -> None:
        self.portal, self.sandbox, self.link, self.number = portal, sandbox, link, number

    def keep(self, workers: int, pace: float) -> Crowd:
        """Have so many workers keep a crowd."""
        pids = self.portal.start_workers(workers)
        try:
            self._prepare()
            before = set(ask(self.portal, "kept"))
            for operation in SLOW if pace else ():
                self.sandbox.fault(operation, "delay", times=-1, seconds=pace)
            return self._kept(before, pids)
        finally:
            self.sandbox.control("faults", method="DELETE")
            self.portal.stop_workers()

    def _prepare(self) -> None:
        """So many videos that are being generated; all is quiet."""
        known = self._versions()
        self.sandbox.control("policy", progress=MOVES)
        ask(self.portal, "wishes", self.number, self.link, 0, "off")
        self._until(f"{self.number} are ready", lambda: self._count(_LOOKED_AT, "ready") == self.number)
        self.sandbox.control("policy", progress=STANDS_STILL)
        for version in self._versions() - known:
            self.sandbox.control(f"versions/{version}/generate")
        self._until(f"{self.number} are being made", lambda: self._count(_LOOKED_AT, "generating") == self.number)
        self._until("all calls are answered", lambda: not self._count(_UNANSWERED))

    def _kept(self, before: set[str], pids: list[int]) -> Crowd:
        others = [self.portal.processes["web"].pid, self.sandbox.pid]
        wanted = len(before) + self.number
        by_workers, by_others = _used(pids), _used(others)
        self.sandbox.control("policy", progress=MOVES)
        self._until("all are kept", lambda: self._count(_KEPT) == wanted)
        by_workers, by_others = _used(pids) - by_workers, _used(others) - by_others
        began, ended = completed_at(self.sandbox.state_dir), ask(self.portal, "kept")
        new = set(ended) - before
        return Crowd(max(ended[one] for one in new) - min(began[one] for one in new), by_workers, by_others)

    def _versions(self) -> set[str]:
        return {row[0] for row in rows(self.portal, "SELECT remote_id FROM dubbing_version")}

    def _count(self, statement: str, *values: object) -> int:
        return int(rows(self.portal, statement, *values)[0][0])

    def _until(self, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not in time: {what}\n{self.portal.logs()}")
            time.sleep(0.2)


def _used(pids: list[int]) -> float:
    return sum(map(processor_seconds, pids))
