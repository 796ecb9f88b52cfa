"""Rolling captions: lines that move up on screen as the next one comes, so that each is in two or three cues.

Video platforms export live and automatic captions like this. Read out, everything would be said two or three times.
A refrain is different: it repeats as a whole, without a new line below it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from django.utils.translation import gettext, ngettext_lazy

from dubbing.subtitles.context import Context, Finding, fix_label, named
from dubbing.subtitles.cues import Cue, lines_of

_GAP_MS = 500  # anything later did not roll
_FLASH_MS = 250  # a cue that only holds the line while it moves
_MOST_LINES = 6
_LEAST_ROLLS = 2  # in one run; a pun or a refrain does it once
_LEAST_GROWTHS = 3  # a stutter does it twice
_REPEATING_CUES = ngettext_lazy("%(count)s cue repeats earlier lines", "%(count)s cues repeat earlier lines", "count")


@dataclass(frozen=True, slots=True)
class _Step:
    """How many of its first lines a cue repeats from the one before.

    `grows`: it repeats all of that cue, with more on the last line.
    """

    carried: int
    is_new: bool
    grows: bool = False

    @property
    def rolls(self) -> bool:
        """Whether lines were carried over and others added."""
        return self.carried > 0 and self.is_new


def rolling(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues that repeat lines of the cue before."""
    for number, lines in sorted(_unrolled(cues).items()):
        cue = cues[number - 1]
        message = (
            gettext("%(cue)s repeats lines of the cue before.") if lines
            else gettext("%(cue)s is repeated in the next cue.")
        )  # fmt: skip
        yield Finding(
            "rolling", number, "warning", message % {"cue": named(number, cue)},
            gettext(
                "These are rolling captions: each line stays on screen while the next one appears. The dub would speak "
                "each line two or three times."
            ),
            fix_label("rolling"), (number,), _REPEATING_CUES,
        )  # fmt: skip


def unroll(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Keep each line once, where it first appears."""
    left = _unrolled(cues)
    kept = [
        replace(kept_cue, text="\n".join(left[number])) if number in left and cue in (None, number) else kept_cue
        for number, kept_cue in enumerate(cues, 1)
    ]
    return [kept_cue for kept_cue in kept if kept_cue.text]


def _unrolled(cues: Sequence[Cue]) -> dict[int, list[str]]:
    """The lines left of each cue that repeats some, by its index; none if the whole cue is a repetition."""
    order = sorted(range(len(cues)), key=lambda at: (cues[at].start, cues[at].end, at))
    lines = {at: lines_of(cues[at].text) for at in order}
    steps = [_step(cues[earlier], cues[other], lines[earlier], lines[other]) for earlier, other in pairwise(order)]
    left: dict[int, list[str]] = {}
    for place, step in _in_runs(steps):
        earlier, other = order[place], order[place + 1]
        if step.grows:
            left[earlier + 1] = []
        elif step.carried and (step.is_new or _may_go(cues[other], lines[earlier], lines[other])):
            left[other + 1] = lines[other][step.carried :]
    return left


def _in_runs(steps: Sequence[_Step | None]) -> Iterator[tuple[int, _Step]]:
    """The steps, with their indexes, in runs where lines continue often enough to be no accident."""
    run: list[tuple[int, _Step]] = []
    for place, step in enumerate([*steps, None]):
        if step:
            run.append((place, step))
            continue
        rolls, growths = sum(change.rolls for _, change in run), sum(change.grows for _, change in run)
        if rolls >= _LEAST_ROLLS or growths >= _LEAST_GROWTHS:
            yield from run
        run = []


def _step(before: Cue, cue: Cue, above: list[str], lines: list[str]) -> _Step | None:
    """What the later cue repeats of the earlier one; None if nothing."""
    if cue.start > before.end + _GAP_MS or not above or not lines:
        return None
    most = min(len(above), len(lines), _MOST_LINES)
    carried = next((count for count in range(most, 0, -1) if above[-count:] == lines[:count]), 0)
    if carried:
        return _Step(carried, len(lines) > carried)
    last = len(above) - 1
    grows = len(lines) > last and above[:last] == lines[:last] and _goes_on(above[last], lines[last])
    return _Step(0, is_new=True, grows=True) if grows else None


def _goes_on(start: str, line: str) -> bool:
    return line.startswith(start) and len(line) > len(start) and not line[len(start)].isalnum()


def _may_go(cue: Cue, above: list[str], lines: list[str]) -> bool:
    """Whether a cue without a new line only ends the one before, or holds it for a moment."""
    return len(lines) < len(above) or cue.end - cue.start <= _FLASH_MS
