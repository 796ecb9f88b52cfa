"""Subtitles in a form: read, checked against the film and the trim, and said in words beside the field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dubbing import subtitles
from dubbing.subtitles import Subtitles

# Saving while somebody types asks about the same texts again and again. Very long ones would fill the memory.
_REMEMBERED_LENGTH = 200_000
_read_again = lru_cache(maxsize=32)(subtitles.read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What is known of the film that the subtitles belong to, in seconds."""

    duration: float | None = None
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReport:
    """How one text was read. With ``problems`` it cannot be sent; ``notes`` and ``warnings`` are for a look."""

    srt: str = ""
    cues: int = 0
    first: float = 0.0
    last: float = 0.0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def target_report(data: str | bytes, film: Film, locale: str) -> TextReport:
    """Subtitles to be spoken: strict, because the provider refuses anything else."""
    try:
        reader = _read_again if len(data) <= _REMEMBERED_LENGTH else subtitles.read
        read = reader(data, language=_language(locale))
    except subtitles.SubtitleError as error:
        return TextReport(problems=tuple(map(str, error.problems)))
    if subtitles.nothing_inside(read.cues, film.start, film.end):
        return _report(read, film, problems=(_outside(film),))
    return _report(read, film)


def source_report(data: str | bytes, locale: str) -> TextReport:
    """A transcript of the source: whatever text it is, it may help."""
    try:
        text, notes = subtitles.read_transcript(data, language=_language(locale))
    except subtitles.SubtitleError as error:
        return TextReport(problems=tuple(map(str, error.problems)))
    return TextReport(srt=text, notes=tuple(map(str, notes)))


def _report(read: Subtitles, film: Film, problems: tuple[str, ...] = ()) -> TextReport:
    odd = subtitles.warnings(read.cues, duration=film.duration, start=film.start, end=film.end)
    return TextReport(
        srt=subtitles.to_srt(read.cues),
        cues=len(read.cues),
        first=min(cue.start for cue in read.cues) / 1000,
        last=max(cue.end for cue in read.cues) / 1000,
        problems=problems,
        notes=tuple(map(str, read.notes)),
        warnings=() if problems else tuple(map(str, odd)),
    )


def _language(locale: str) -> str | None:
    return locale.partition("-")[0] or None


def _outside(film: Film) -> str:
    part = f"{film.start or 0:g}–{film.end:g} s" if film.end is not None else f"{film.start or 0:g} s to the end"
    return (
        f"No cue lies inside the trim ({part}). Times count from the beginning of the whole film, not of the trim. "
        "Change the trim, or bring subtitles that were made for the whole film."
    )
