"""What the automatic checks of a minute of result cost, in seconds of one core."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from sandbox.mix import Order, dub
from sandbox.sample import make_sample, write_srt
from tests.bench.measuring import Figure, Sizes, spread, workplace
from tests.support.dubs import Film, make, picture_of, voice

MINUTE, ROUNDS, GOAL = 60.0, 3, 3.0
# In a process of its own: its children's processor time is what it cost.
_MEASURE = """
import sys
from dubbing.media import quality
quality.measure(sys.argv[1], sys.argv[2], "[null, null]", sys.argv[3])
"""


def measure(sizes: Sizes) -> Iterator[Figure]:
    """A result whose picture was taken over, and one whose picture was encoded again, both 1280x720."""
    with workplace() as folder:
        source, srt = folder / "film.mp4", folder / "film.srt"
        cues = make_sample(source, seconds=MINUTE)
        write_srt(cues, srt)
        places = str([[cue.start, cue.end] for cue in cues])
        taken_over = folder / "dub.mp4"
        dub(Order(str(source), str(taken_over), "es-ES", srt=srt.read_text()))
        again = make(
            folder / "again.mp4",
            Film(seconds=MINUTE, picture_source=picture_of(source), sounds=[voice(taken_over)]),
        )
        for name, result in (("taken over", taken_over), ("encoded again", again)):
            yield _figure(name, [_cost(result, source, places) for _ in range(ROUNDS)])


def _figure(name: str, costs: list[float]) -> Figure:
    cost = median(costs)
    context = {"rounds": ROUNDS, "ours_seconds": spread(costs), "picture": f"1280x720, {name}"}
    goal = f"under {GOAL:g} s of one core"
    return Figure(f"checks of a minute, picture {name}", cost, MINUTE, "s", cost / MINUTE, goal, cost < GOAL, context)


def _cost(result: Path, source: Path, places: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", _MEASURE, str(result), str(source), places], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
