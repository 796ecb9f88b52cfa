"""``make chaos``: faults at full scale, one line of JSON per figure. Exit status: how many were missed.

``python -m tests.chaos [--seed N] [--small] [--stack] [--rabbitmq] [FIGURE ...]``; ``--stack`` runs on the PostgreSQL
and Redis that tests.postgresql_redis.servers starts, ``--rabbitmq`` on a RabbitMQ in the place of that Redis.
``--mutant FIGURE ...`` breaks the code in a copy of the tree, one figure at a time, and expects each to be missed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.chaos import callbacks, machines, schedules, serving, submissions, uploads
from tests.chaos.breaks import BREAKS
from tests.chaos.outcome import Outcome
from tests.chaos.scale import SMALL, Scale
from tests.mutants.__main__ import copy_tree
from tests.postgresql_redis import servers
from tests.support.rabbitmq import RabbitMQ

Measure = Callable[[Scale, random.Random], Iterator[Outcome]]
FIGURES: Mapping[str, Measure] = {
    measure.__name__: measure
    for measure in (
        submissions.killed_workers,
        submissions.without_broker,
        submissions.lost_callbacks,
        callbacks.forged_callbacks,
        uploads.cut_uploads,
        uploads.full_disk,
        schedules.random_schedules,
        serving.slow_clients_everywhere,
        serving.rolling_restarts,
        machines.several_machines,
    )
}


def main() -> int:
    """Run what is named, or everything."""
    parser = argparse.ArgumentParser(prog="tests.chaos")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all by default")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="repeats the same faults")
    parser.add_argument("--small", action="store_true", help="a small fraction of everything")
    parser.add_argument("--stack", action="store_true", help="on PostgreSQL and Redis")
    parser.add_argument("--rabbitmq", action="store_true", help="on PostgreSQL and RabbitMQ")
    parser.add_argument("--mutant", action="store_true", help="with broken code: each figure has to be missed")
    given = parser.parse_args()
    # So that the with blocks end the processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if unknown := set(given.figures) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    names = given.figures or list(FIGURES)
    if given.mutant:
        return sum(not _is_missed(name, given.seed) for name in names if name in BREAKS)
    print(f"SEED={given.seed}", flush=True)
    scale = SMALL if given.small else Scale()
    with ExitStack() as stack:
        if given.rabbitmq:
            os.environ["CELERY_BROKER_URL"] = stack.enter_context(RabbitMQ()).url
        if given.stack or given.rabbitmq:
            os.environ |= servers.started()
        return min(sum(_missed(name, scale, given.seed) for name in names), 100)


def _missed(name: str, scale: Scale, seed: int) -> int:
    missed = 0
    for outcome in FIGURES[name](scale, random.Random(seed)):
        print(outcome.line(), flush=True)
        missed += not outcome.met
    return missed


def _is_missed(name: str, seed: int) -> bool:
    """Whether the figure notices its break."""
    broken = BREAKS[name]
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "tree"
        copy_tree(copy)
        path = copy / broken.file
        text = path.read_text()
        if text.count(broken.old) != 1:
            raise SystemExit(f"{broken.file} does not have this exactly once: {broken.old!r}")
        path.write_text(text.replace(broken.old, broken.new))
        command = [sys.executable, "-m", "tests.chaos", "--small", "--seed", str(seed), name]
        done = subprocess.run(command, cwd=copy, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, check=False)
        shutil.rmtree(copy)
    print(f"{'missed, as it must be' if done.returncode else 'NOT MISSED'}: {name}", flush=True)
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
