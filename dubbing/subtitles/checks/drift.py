"""Compare cues with the source's: too many or too few, shifted as a whole, or far from any speech."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from django.utils.translation import gettext, ngettext_lazy

from dubbing.subtitles.context import Context, Finding, in_words, named
from dubbing.subtitles.cues import Cue

NEAR_MS = 1_500
"""A cue that starts within this time of a source cue belongs to it."""
LEAST_SHIFT_MS = 250
_BIN_MS = 200
_REACH = 6  # cues of the source before and after the one at the same position in the file
_AGREE = 0.6  # share of the cues needed before one shift is taken to apply to all
_HOUR_MS = 3_600_000
_LEADER_MS, _LONGEST_LEADER_MS = 10_000, 120_000  # black, a clock, a tone: tapes have some before the full hour
_SLACK_MS = 2_000
_FIRST_WORDS_MS = 600_000  # in a video of unknown length, somebody has to speak within this time

_FAR_CUES = ngettext_lazy(
    "%(count)s cue starts far from any cue of the source",
    "%(count)s cues start far from any cue of the source",
    "count",
)


def count_drift(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find far more or far fewer cues than the source has."""
    mine, source = len(cues), len(context.source_cues)
    if not source or abs(mine - source) < 5 or max(mine, source) * 2 <= min(mine, source) * 3:
        return
    if mine > source:
        message = gettext("Many more cues than in the source: %(mine)s instead of %(source)s.")
        why = gettext("Some text may be repeated or come from another video.")
    else:
        message = gettext("Far fewer cues than in the source: %(mine)s instead of %(source)s.")
        why = gettext("Some text may be missing. Nothing is spoken where there is no cue.")
    yield Finding("count", None, "warning", message % {"mine": mine, "source": source}, why)


def drift(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues that are all late or early by the same time; else single cues where nothing starts in the source."""
    shift = shift_of(cues, context)
    if not shift:
        yield from _off_source(cues, context)
        return
    by, by_source = in_words(shift), bool(context.spoken and _by_source(cues, context))
    message = gettext("All cues are %(time)s late.") if shift > 0 else gettext("All cues are %(time)s early.")
    yield Finding(
        "offset", None, "warning", message % {"time": by},
        gettext("Compared with the times of the source.") if by_source else _starts_at(_clock(shift), context),
        gettext("Move all cues by %(time)s") % {"time": f"{'−' if shift > 0 else '+'}{by}"},
        tuple(range(1, len(cues) + 1)),
    )  # fmt: skip


def _starts_at(clock: str, context: Context) -> str:
    if context.video_ms is None:
        why = gettext(
            "The times start at %(clock)s, as on a tape or in editing software, but the length of the video is "
            "unknown. If it really is that long, keep the times."
        )
    else:
        why = gettext(
            "The times start at %(clock)s, as on a tape or in editing software, but the video is shorter than that."
        )
    return why % {"clock": clock}


def _off_source(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    source = sorted(context.source_cues, key=lambda cue: cue.start) if context.spoken else []
    starts = [cue.start for cue in source]
    for number, cue in enumerate(cues, 1) if source else ():
        away = _nearest(starts, cue.start)
        if abs(away) > NEAR_MS and not _is_during(cue, source, starts):
            yield Finding(
                "off_source", number, "hint",
                _far(away) % {"cue": named(number, cue), "time": in_words(away)},
                gettext("It may be spoken when nobody on screen is speaking."),
                "", (number,), _FAR_CUES,
            )  # fmt: skip


def _far(away: int) -> str:
    if away > 0:
        return gettext("%(cue)s starts %(time)s after the nearest cue of the source.")
    return gettext("%(cue)s starts %(time)s before the nearest cue of the source.")


def shift_of(cues: Sequence[Cue], context: Context) -> int:
    """By how many milliseconds all cues are late (negative: early); 0 if they are not, or it is unclear."""
    shift = (_by_source(cues, context) or _by_hour(cues, context)) if context.spoken else _by_hour(cues, context)
    first = min((cue.start for cue in cues), default=0)
    return 0 if first < shift else shift


def move_all(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Move all cues back by the time they are late."""
    return moved(cues, -shift_of(cues, context))


def moved(cues: Sequence[Cue], by: int) -> list[Cue]:
    """Move the cues later by `by` milliseconds.

    None moves before the beginning: one that would starts and ends there.
    """
    return [replace(cue, start=max(0, cue.start + by), end=max(1, cue.end + by)) for cue in cues] if by else list(cues)


def _by_source(cues: Sequence[Cue], context: Context) -> int:
    source = context.source_cues
    if len(cues) < 4 or len(source) < 4:
        return 0
    differences = [difference for at in range(len(cues)) for difference in _differences(cues, source, at)]
    bins = Counter(difference // _BIN_MS for difference in differences)
    place = max(bins, key=lambda at: (bins[at] + bins[at + 1], -abs(at)))
    near = [apart for apart in differences if apart // _BIN_MS in (place, place + 1)]
    shift = round(median(near))
    needed = _AGREE * min(len(cues), len(source))
    starts = sorted(cue.start for cue in source)
    as_it_is = _starting_together(cues, starts, 0)
    moved_so = _starting_together(cues, starts, shift)
    sure = abs(shift) >= LEAST_SHIFT_MS and moved_so >= needed and moved_so > 1.5 * as_it_is
    return shift if sure else 0


def _differences(cues: Sequence[Cue], source: Sequence[Cue], at: int) -> Iterator[int]:
    """The differences between a cue's start and those of source cues at about the same position."""
    middle = at * len(source) // len(cues)
    for other in source[max(0, middle - _REACH) : middle + _REACH + 1]:
        yield cues[at].start - other.start


def _starting_together(cues: Sequence[Cue], starts: Sequence[int], shift: int) -> int:
    return sum(abs(_nearest(starts, cue.start - shift)) < _BIN_MS for cue in cues)


def _nearest(starts: Sequence[int], moment: int) -> int:
    """How long after the nearest of these starts (negative: before it)."""
    at = bisect_left(starts, moment)
    return min((moment - start for start in starts[max(0, at - 1) : at + 1]), key=abs)


def _by_hour(cues: Sequence[Cue], context: Context) -> int:
    """Where the programme begins on the tape: at a full hour, or up to two minutes before it ("00:59:50")."""
    if not cues:
        return 0
    first, last = min(cue.start for cue in cues), max(cue.end for cue in cues)
    to_hour = -first % _HOUR_MS
    start = first // _LEADER_MS * _LEADER_MS if 0 < to_hour <= _LONGEST_LEADER_MS else first // _HOUR_MS * _HOUR_MS
    if context.video_ms is None:
        return start if _may_begin_at(start, first, context) else 0
    # Unshifted, the last cues come after the end of the video; counted from there, all are within it.
    end = context.video_ms + _SLACK_MS
    return start if start and last > end and last - start <= end else 0


def _may_begin_at(start: int, first: int, context: Context) -> bool:
    """For a video of unknown length: whether words come soon after that time, and no trim says that it is that long."""
    trimmed = max(context.first_ms, context.last_ms or 0)
    return bool(start) and first - start <= _FIRST_WORDS_MS and trimmed <= start


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _is_during(cue: Cue, source: Sequence[Cue], starts: Sequence[int]) -> bool:
    """Whether somebody speaks in the source when the cue starts: translations may split long sentences elsewhere."""
    at = bisect_right(starts, cue.start)
    return at > 0 and cue.start < source[at - 1].end
