"""Where times count from if there is a trim: the beginning of the whole video, or that of the trimmed part.

They are sent as counted from the beginning of the whole video.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from dubbing.subtitles.checks.drift import moved
from dubbing.subtitles.context import Context, in_words
from dubbing.subtitles.cues import Cue
from dubbing.subtitles.trim import shift_and_clip

_SLACK_MS = 1_000
_NEAR_MS = 400


@dataclass(frozen=True, slots=True)
class Guess:
    """Whether the times seem to count from the trimmed part, and why we think so."""

    from_part: bool
    why: str


@dataclass(frozen=True, slots=True)
class Span:
    """A summary of some cues: how many, the first and the last."""

    count: int
    first: Cue | None = None
    last: Cue | None = None


def guess_timeline(cues: Sequence[Cue], context: Context) -> Guess | None:
    """Our guess; None if there is nothing to guess, because both begin together."""
    if not context.first_ms or not cues:
        return None
    last, length = max(cue.end for cue in cues), _length(context)
    if length is not None and last > length + _SLACK_MS:
        message = gettext("The last cue ends at %(time)s, but the trim is only %(length)s long.")
        return Guess(False, message % {"time": in_words(last), "length": in_words(length)})
    mine, moved_mine = _together(cues, context, 0), _together(cues, context, context.first_ms)
    if context.source_cues and mine != moved_mine:
        if moved_mine > mine:
            return Guess(True, gettext("Moved by the start of the trim, more cues match those of the source."))
        return Guess(False, gettext("As they are, more cues match those of the source."))
    inside = len(shift_and_clip(cues, context.start, context.end))
    if not inside:
        return Guess(True, gettext("No cue is inside the trim, but all fit its length."))
    if length is not None and inside * 2 < len(cues):
        message = ngettext(
            "Only %(count)s of %(total)s cues is inside the trim, but all fit its length.",
            "Only %(count)s of %(total)s cues are inside the trim, but all fit its length.",
            inside,
        )
        return Guess(True, message % {"count": inside, "total": len(cues)})
    return Guess(False, gettext("As they are, the cues are inside the trim."))


def from_part(cues: Sequence[Cue], context: Context) -> tuple[Cue, ...]:
    """Shift times that count from the trimmed part to count from the beginning of the video, and clip them to the part.

    Returns the cues unchanged if nothing would be left of them.
    """
    last = context.last_ms
    later = moved(cues, context.first_ms)
    kept = [cue for cue in later if last is None or cue.start < last]
    clipped = tuple(cue if last is None else Cue(cue.start, min(cue.end, last), cue.text) for cue in kept)
    return clipped or tuple(cues)


def spoken(cues: Sequence[Cue], context: Context) -> Span:
    """What is left of them in the trimmed part, with times in the whole video."""
    last = context.last_ms
    return span([cue for cue in cues if cue.end > context.first_ms and (last is None or cue.start < last)])


def span(cues: Sequence[Cue]) -> Span:
    """The number of cues, and the first and last in time."""
    if not cues:
        return Span(0)
    return Span(len(cues), min(cues, key=lambda cue: cue.start), max(cues, key=lambda cue: cue.end))


def _length(context: Context) -> int | None:
    return None if context.last_ms is None else context.last_ms - context.first_ms


def _together(cues: Sequence[Cue], context: Context, shift: int) -> int:
    """How many begin together with a source cue when they are shifted."""
    starts = {cue.start // _NEAR_MS for cue in context.source_cues}
    return sum((cue.start + shift) // _NEAR_MS in starts for cue in cues)
