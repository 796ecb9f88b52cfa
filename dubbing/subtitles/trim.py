"""Cues against the trim: as they fall on the trimmed film, and whether any of them does."""

from collections.abc import Iterable

from dubbing.subtitles.cues import Cue


def shift_and_clip(cues: Iterable[Cue], start: float | None, end: float | None) -> tuple[Cue, ...]:
    """The cues as they fall on the film trimmed to `start`-`end` (seconds; None is the film's own start or end)."""
    first, last = _window(start, end)
    moved = (Cue(max(cue.start, first) - first, _earlier(cue.end, last) - first, cue.text) for cue in cues)
    return tuple(cue for cue in moved if cue.end > cue.start)


def nothing_inside(cues: Iterable[Cue], start: float | None, end: float | None) -> bool:
    """Whether no cue is seen between `start` and `end` (seconds): such subtitles belong to another film or timeline."""
    shown = (cue if cue.has_length else Cue(cue.start, cue.start + 1, cue.text) for cue in cues)
    return not shift_and_clip(shown, start, end)


def _window(start: float | None, end: float | None) -> tuple[int, int | None]:
    return round((start or 0) * 1000), None if end is None else round(end * 1000)


def _earlier(moment: int, limit: int | None) -> int:
    return moment if limit is None else min(moment, limit)
