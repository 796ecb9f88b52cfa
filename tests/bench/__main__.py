"""``make bench``: one line of JSON per figure, both sides of each measured in the same run.

``python -m tests.bench [--quick] [FIGURE ...]``; exit status 1 when a goal was missed.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from typing import Any

from tests.bench.measuring import QUICK, Figure, Sizes

FIGURES = (
    "forwarding",
    "callbacks",
    "completed",
    "crowd",
    "lists",
    "tabs",
    "notices",
    "guesses",
    "dub",
    "checks",
    "upload",
    "pages",
    "slow_clients",
)
LONGEST = 3600


def main() -> int:
    """Measure everything, or what is named."""
    parser = argparse.ArgumentParser(prog="tests.bench")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="much smaller: 64 MiB, 20,000 assets")
    given = parser.parse_args()
    if unknown := set(given.figures) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    _end_in_time()
    sizes = QUICK if given.quick else Sizes()
    missed = [figure for name in given.figures or FIGURES for figure in _shown(name, sizes) if figure.met is False]
    return 1 if missed else 0


def _shown(name: str, sizes: Sizes) -> list[Figure]:
    """Measure one module's figures, and print each as soon as it is known."""
    found = []
    for figure in importlib.import_module(f"tests.bench.{name}").measure(sizes):
        sys.stdout.write(figure.line() + "\n")
        sys.stdout.flush()
        found.append(figure)
    return found


def _end_in_time() -> None:
    """However it ends, the with blocks end the processes and remove the files."""

    def stop(number: int, frame: Any) -> None:
        raise SystemExit(f"stopped by {signal.Signals(number).name}")

    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, stop)
    signal.alarm(LONGEST)


if __name__ == "__main__":
    sys.exit(main())
