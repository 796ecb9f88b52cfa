"""Cues and the trim: shift and cut them to the trimmed video."""

from collections.abc import Iterable

from dubbing.subtitles.cues import Cue


def shift_and_clip(cues: Iterable[Cue], start: float | None, end: float | None) -> tuple[Cue, ...]:
    """The cues in the video trimmed to `start`-`end` (seconds; None is the video's own start or end)."""
    first, last = _window(start, end)
    moved = (Cue(max(cue.start, first) - first, _earlier(cue.end, last) - first, cue.text) for cue in cues)
    return tuple(cue for cue in moved if cue.end > cue.start)


def nothing_inside(cues: Iterable[Cue], start: float | None, end: float | None) -> bool:
    """Whether no cue is visible between `start` and `end` (seconds): it is for another video or timeline."""
    shown = (cue if cue.has_length else Cue(cue.start, cue.start + 1, cue.text) for cue in cues)
    return not shift_and_clip(shown, start, end)


def _window(start: float | None, end: float | None) -> tuple[int, int | None]:
    return round((start or 0) * 1000), None if end is None else round(end * 1000)


def _earlier(moment: int, limit: int | None) -> int:
    return moment if limit is None else min(moment, limit)
