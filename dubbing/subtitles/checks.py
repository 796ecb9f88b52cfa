"""Cues against the film: what is odd about them, and moving them onto a trimmed timeline."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from .cues import Cue, Note

SHORTEST_MS = 300
LONGEST_MS = 20_000
_SHOWN_PER_KIND = 5


def shift_and_clip(cues: Iterable[Cue], start: float | None, end: float | None) -> tuple[Cue, ...]:
    """The cues as they fall on the film trimmed to `start`-`end` (seconds; None is the film's own start or end)."""
    first, last = _window(start, end)
    moved = (Cue(max(cue.start, first) - first, _earlier(cue.end, last) - first, cue.text) for cue in cues)
    return tuple(cue for cue in moved if cue.end > cue.start)


def nothing_inside(cues: Iterable[Cue], start: float | None, end: float | None) -> bool:
    """Whether no cue is seen between `start` and `end` (seconds): such subtitles belong to another film or timeline."""
    return not shift_and_clip(cues, start, end)


def warnings(
    cues: Sequence[Cue], *, duration: float | None, start: float | None = None, end: float | None = None
) -> tuple[Note, ...]:
    """What a person should look at before sending: times in seconds, cues named by their number from 1."""
    film = None if duration is None else round(duration * 1000)
    kinds = (
        _out_of_order(cues),
        _overlaps(cues),
        _past_the_end(cues, film),
        _outside(cues, start, end),
        _lengths(cues),
    )
    return tuple(Note(None, message) for kind in kinds for message in _few(list(kind)))


def _out_of_order(cues: Sequence[Cue]) -> Iterator[str]:
    for number, (before, cue) in enumerate(pairwise(cues), 2):
        if cue.start < before.start:
            yield f"{_named(number, cue)} starts before cue {number - 1}, which stands above it."


def _overlaps(cues: Sequence[Cue]) -> Iterator[str]:
    by_start = sorted(enumerate(cues, 1), key=lambda item: item[1].start)
    latest: tuple[int, Cue] | None = None
    for number, cue in by_start:
        if latest and cue.start < latest[1].end:
            both = _in_words(min(cue.end, latest[1].end) - cue.start)
            yield f"{_named(number, cue)} starts while cue {latest[0]} is still shown; they overlap for {both}."
        if latest is None or cue.end > latest[1].end:
            latest = number, cue


def _past_the_end(cues: Sequence[Cue], film: int | None) -> Iterator[str]:
    for number, cue in enumerate(cues, 1):
        if film is not None and cue.end > film:
            does = "starts" if cue.start >= film else "ends"
            yield f"{_named(number, cue)} {does} after the end of the film ({_in_words(film)})."


def _outside(cues: Sequence[Cue], start: float | None, end: float | None) -> Iterator[str]:
    first, last = _window(start, end)
    for number, cue in enumerate(cues, 1):
        if cue.end <= first or (last is not None and cue.start >= last):
            yield f"{_named(number, cue)} lies outside the trim."
        elif cue.start < first or (last is not None and cue.end > last):
            yield f"{_named(number, cue)} is cut by the trim."


def _lengths(cues: Sequence[Cue]) -> Iterator[str]:
    for number, cue in enumerate(cues, 1):
        length = cue.end - cue.start
        if length < SHORTEST_MS or length > LONGEST_MS:
            yield f"{_named(number, cue)} is very {'short' if length < SHORTEST_MS else 'long'} ({_in_words(length)})."


def _few(messages: list[str]) -> list[str]:
    more = len(messages) - _SHOWN_PER_KIND
    return messages if more <= 1 else [*messages[:-more], f"And {more} more like the last one."]


def _window(start: float | None, end: float | None) -> tuple[int, int | None]:
    return round((start or 0) * 1000), None if end is None else round(end * 1000)


def _earlier(moment: int, limit: int | None) -> int:
    return moment if limit is None else min(moment, limit)


def _named(number: int, cue: Cue) -> str:
    return f"Cue {number} at {_in_words(cue.start)}"


def _in_words(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / 1000:.3f}".rstrip("0").rstrip(".")
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{seconds} s" if rest else ""]
    return " ".join(part for part in parts if part) or "0 s"
