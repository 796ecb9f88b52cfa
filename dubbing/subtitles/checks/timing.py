"""Check the times of cues against the video, the trim and each other, and fix them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from django.utils.translation import gettext, ngettext_lazy

from dubbing.subtitles.context import Context, Finding, fix_label, in_words, named
from dubbing.subtitles.cues import Cue

KEPT_MS = 300
"""The least time a cue keeps when an overlap is removed."""
_CUES_OUT_OF_ORDER = ngettext_lazy("%(count)s cue is out of order", "%(count)s cues are out of order", "count")
_OVERLAPPING_CUES = ngettext_lazy(
    "%(count)s cue overlaps the cue before", "%(count)s cues overlap the cue before", "count"
)
_CUES_PAST_END = ngettext_lazy(
    "%(count)s cue starts after the video ends", "%(count)s cues start after the video ends", "count"
)
_CUES_CUT_BY_END = ngettext_lazy(
    "%(count)s cue ends after the video ends", "%(count)s cues end after the video ends", "count"
)
_CUES_OUTSIDE_TRIM = ngettext_lazy("%(count)s cue is outside the trim", "%(count)s cues are outside the trim", "count")
_CUES_CUT_BY_TRIM = ngettext_lazy("%(count)s cue is cut by the trim", "%(count)s cues are cut by the trim", "count")


# --- findings --------------------------------------------------------------------------------------------------------


def out_of_order(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues that start before the one above them."""
    for number, (before, cue) in enumerate(pairwise(cues), 2):
        if cue.start < before.start:
            yield Finding(
                "order", number, "warning",
                gettext("%(cue)s starts before cue %(before)s above it.")
                % {"cue": named(number, cue), "before": number - 1},
                gettext("Some players and services read cues in file order and skip cues that are out of order."),
                fix_label("order"), (number - 1, number), _CUES_OUT_OF_ORDER,
            )  # fmt: skip


def overlaps(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues that start while another one is still shown."""
    latest: tuple[int, Cue] | None = None
    for number, cue in _by_start(cues):
        if latest and cue.start < latest[1].end:
            both = in_words(min(cue.end, latest[1].end) - cue.start)
            yield Finding(
                "overlap", number, "warning" if context.spoken else "hint",
                gettext("%(cue)s starts before cue %(before)s ends. They overlap by %(time)s.")
                % {"cue": named(number, cue), "before": latest[0], "time": both},
                gettext(
                    "One voice cannot speak two cues at once. Ignore this if two people really speak at the same time."
                ),
                fix_label("overlap"), (latest[0], number), _OVERLAPPING_CUES,
            )  # fmt: skip
        if latest is None or cue.end > latest[1].end:
            latest = number, cue


def past_end(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues that start after the end of the video."""
    video_ms = context.video_ms
    for number, cue in enumerate(cues, 1) if video_ms is not None else ():
        if _is_past(cue, context):
            yield Finding(
                "past_end", number, "warning",
                gettext("%(cue)s starts after the video ends (%(length)s).")
                % {"cue": named(number, cue), "length": in_words(video_ms or 0)},
                gettext(
                    "It is not heard in the dub. If there are many, the subtitles may belong to another cut of the "
                    "video."
                ),
                fix_label("past_end"), (number,), _CUES_PAST_END,
            )  # fmt: skip


def cut_by_end(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues that are still shown when the video ends."""
    video_ms = context.video_ms
    for number, cue in enumerate(cues, 1) if video_ms is not None else ():
        if _is_cut_by_end(cue, context):
            yield Finding(
                "cut_by_end", number, "warning",
                gettext("%(cue)s ends after the video ends (%(length)s).")
                % {"cue": named(number, cue), "length": in_words(video_ms or 0)},
                gettext("Its last words are cut off."),
                fix_label("cut_by_end"), (number,), _CUES_CUT_BY_END,
            )  # fmt: skip


def outside_trim(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues in a part that is not dubbed."""
    for number, cue in enumerate(cues, 1):
        if _is_outside(cue, context):
            yield Finding(
                "outside_trim", number, "hint",
                gettext("%(cue)s is outside the trim.") % {"cue": named(number, cue)},
                gettext(
                    "Only the trim is dubbed, so this cue is not spoken. Keep it if you plan to dub the rest later."
                ),
                fix_label("outside_trim"), (number,), _CUES_OUTSIDE_TRIM,
            )  # fmt: skip


def cut_by_trim(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues that the trim cuts in two."""
    for number, cue in enumerate(cues, 1):
        if _is_cut_by_trim(cue, context):
            yield Finding(
                "cut_by_trim", number, "warning",
                gettext("%(cue)s is cut by the trim.") % {"cue": named(number, cue)},
                gettext("All its words must fit in the time that is left. Start and end the trim between cues."),
                fix_label("cut_by_trim"), (number,), _CUES_CUT_BY_TRIM,
            )  # fmt: skip


def _is_past(cue: Cue, context: Context) -> bool:
    return context.video_ms is not None and cue.start >= context.video_ms


def _is_cut_by_end(cue: Cue, context: Context) -> bool:
    return context.video_ms is not None and cue.start < context.video_ms < cue.end


def _trim_end(context: Context) -> int | None:
    return None if context.end is None else round(context.end * 1000)


def _is_outside(cue: Cue, context: Context) -> bool:
    if not context.spoken:
        return False  # a transcript covers the whole video
    end = _trim_end(context)
    return not _is_past(cue, context) and (cue.end <= context.first_ms or (end is not None and cue.start >= end))


def _is_cut_by_trim(cue: Cue, context: Context) -> bool:
    end = _trim_end(context)
    if not context.spoken or _is_outside(cue, context) or _is_past(cue, context):
        return False
    if end is not None and _is_cut_by_end(cue, context) and end >= (context.video_ms or 0):
        end = None  # already reported for the end of the video
    return cue.start < context.first_ms or (end is not None and cue.end > end)


def _by_start(cues: Sequence[Cue]) -> list[tuple[int, Cue]]:
    return sorted(enumerate(cues, 1), key=lambda item: item[1].start)


# --- fixes -----------------------------------------------------------------------------------------------------------

Change = Callable[[Cue, Context], Cue | None]


def each(
    cues: Sequence[Cue], context: Context, cue: int | None, wrong: Callable[[Cue, Context], bool], change: Change
) -> list[Cue]:
    """Change the cues that are wrong, or only the one with this number; a change to None removes the cue."""
    changed = (
        change(old, context) if cue in (None, number) and wrong(old, context) else old
        for number, old in enumerate(cues, 1)
    )
    return [new for new in changed if new is not None]


def sort(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Sort by start; cues that start together keep their order. A single cue cannot be put in order."""
    return sorted(cues, key=lambda timed: timed.start)


def drop_past(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Remove what starts after the end of the video."""
    return each(cues, context, cue, _is_past, lambda old, _: None)


def drop_outside(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Remove what is not dubbed."""
    return each(cues, context, cue, _is_outside, lambda old, _: None)


def clip_to_video(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """End cues with the video."""
    return each(cues, context, cue, _is_cut_by_end, lambda old, known: replace(old, end=known.video_ms or old.end))


def clip_to_trim(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Clip cues to the trim."""

    def clip(old: Cue, known: Context) -> Cue:
        end = _trim_end(known)
        return Cue(max(old.start, known.first_ms), old.end if end is None else min(old.end, end), old.text)

    return each(cues, context, cue, _is_cut_by_trim, clip)


def end_overlaps(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Remove overlaps: the earlier cue ends, or the later one waits, or, if neither has room, they are merged.

    If all are fixed, the cues are sorted by time.
    """
    if cue is None:
        has_any = next(overlaps(cues, context), None) is not None
        return [timed for _, timed in _apart(_by_start(cues))] if has_any else list(cues)
    mine = [
        (number, timed)
        for number, timed in _by_start(cues)
        if number == cue or _before_and_over(timed, number, cues, cue)
    ]
    kept = dict(_apart(mine))
    gone = {number for number, _ in mine} - set(kept)
    return [kept.get(number, timed) for number, timed in enumerate(cues, 1) if number not in gone]


def _before_and_over(timed: Cue, number: int, cues: Sequence[Cue], cue: int) -> bool:
    later = cues[cue - 1]
    return (timed.start, number) < (later.start, cue) and timed.end > later.start


@dataclass(slots=True)
class _Growing:
    """A cue that others are merged into. There may be thousands, so their texts are joined at the end."""

    number: int
    start: int
    end: int
    texts: list[str]

    def take_in(self, cue: Cue) -> None:
        self.end = max(self.end, cue.end)
        if cue.text != self.texts[-1]:
            self.texts.append(cue.text)


def _apart(cues: list[tuple[int, Cue]]) -> list[tuple[int, Cue]]:
    apart: list[_Growing] = []
    for number, cue in cues:
        before, start = apart[-1] if apart else None, cue.start
        if before and start < before.end:
            if start - before.start >= KEPT_MS:
                before.end = start
            elif cue.end - before.end >= KEPT_MS:
                start = before.end
            else:
                before.take_in(cue)
                continue
        apart.append(_Growing(number, start, cue.end, [cue.text]))
    return [(group.number, Cue(group.start, group.end, "\n".join(group.texts))) for group in apart]
