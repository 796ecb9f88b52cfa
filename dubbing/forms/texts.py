"""Subtitles in a form: read, looked at against the film, the trim and each other, and said in words beside it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from dubbing import subtitles
from dubbing.subtitles import Context, Cue, Group, Guess, Other, Span, Subtitles, Wanted

# Saving while somebody types asks about the same texts again and again. Very long ones would fill the memory.
_REMEMBERED_LENGTH = 200_000
_read_again = lru_cache(maxsize=64)(subtitles.read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What is known of the film that the subtitles belong to, in seconds."""

    duration: float | None = None
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What else a text is looked at against: the source's text, the project's words, the other texts, its file."""

    source: str = ""
    terms: tuple[Wanted, ...] = ()
    others: tuple[Other, ...] = ()
    file_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReport:
    """How one text was read. With ``problems`` it cannot be sent; ``notes`` and ``findings`` are for a look.

    ``refusals``: the problems that are no findings, because there are no cues yet to find them in.
    """

    srt: str = ""
    cues: int = 0
    first: float = 0.0
    last: float = 0.0
    problems: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Group, ...] = ()
    timeline: Guess | None = None
    spoken: Span = field(default_factory=lambda: Span(0))
    speakers: tuple[str, ...] = ()

    @property
    def to_look_at(self) -> int:
        """How many kinds of things there are to look at; hints do not count."""
        return sum(group.severity == "warning" for group in self.findings)


def refused(problems: tuple[str, ...]) -> TextReport:
    """A text that cannot be read."""
    return TextReport(problems=problems, refusals=problems)


def target_report(data: str | bytes, film: Film, locale: str, beside: Beside = Beside()) -> TextReport:
    """Subtitles to be spoken: strict, because the provider refuses anything else."""
    look = _look_again if len(data) <= _REMEMBERED_LENGTH else _look
    report = look(data, film, locale, beside.source, beside.terms)
    return _with_places(report, data, context(film, locale, beside))


def source_report(data: str | bytes, locale: str, film: Film | None = None, beside: Beside = Beside()) -> TextReport:
    """A transcript of the source: whatever text it is, it may help."""
    look = _look_at_source_again if len(data) <= _REMEMBERED_LENGTH else _look_at_source
    report = look(data, locale, film or Film())
    return _with_places(report, data, context(film or Film(), locale, beside, spoken=False))


def context(film: Film, locale: str, beside: Beside, *, spoken: bool = True) -> Context:
    """What the cues of a text are looked at against."""
    return Context(
        duration=film.duration,
        start=film.start,
        end=film.end,
        locale=locale,
        spoken=spoken,
        source_cues=cues_of(beside.source) if spoken else (),
        terms=beside.terms if spoken else (),
        others=beside.others,
        file_name=beside.file_name,
    )


def cues_of(data: str | bytes) -> tuple[Cue, ...]:
    """The cues of a text; none when it has no times, or cannot be read."""
    try:
        return _read(data, "").cues if data else ()
    except subtitles.SubtitleError:
        return ()


def described(slot: str, locale: str, data: str | bytes) -> Other:
    """A text in short, for those beside it."""
    return _described_again(slot, locale, said(data))


def said(data: str | bytes) -> str:
    """The words of a text, without its times."""
    return (_said_again if len(data) <= _REMEMBERED_LENGTH else _said)(data)


def _said(data: str | bytes) -> str:
    cues = cues_of(data)
    return subtitles.words(cues) if cues or isinstance(data, bytes) else data


_said_again = lru_cache(maxsize=64)(_said)
_described_again = lru_cache(maxsize=128)(subtitles.described)


def _read(data: str | bytes, locale: str) -> Subtitles:
    reader = _read_again if len(data) <= _REMEMBERED_LENGTH else subtitles.read
    return reader(data, language=_language(locale) if isinstance(data, bytes) else None)


def _look(data: str | bytes, film: Film, locale: str, source: str, terms: tuple[Wanted, ...]) -> TextReport:
    try:
        read = _read(data, locale)
    except subtitles.SubtitleError as error:
        return refused(tuple(map(str, error.problems)))
    known = context(film, locale, Beside(source=source, terms=terms))
    if subtitles.nothing_inside(read.cues, film.start, film.end):
        return _report(read, known, (_outside(film),))
    return _report(read, known)


def _look_at_source(data: str | bytes, locale: str, film: Film) -> TextReport:
    try:
        text, notes = subtitles.read_transcript(data, language=_language(locale))
    except subtitles.SubtitleError as error:
        return refused(tuple(map(str, error.problems)))
    words = tuple(map(str, notes))
    cues = cues_of(text)
    if not cues:
        return TextReport(srt=text, notes=words)
    return _report(Subtitles(cues, "", notes), context(film, locale, Beside(), spoken=False))


_look_again = lru_cache(maxsize=64)(_look)
_look_at_source_again = lru_cache(maxsize=32)(_look_at_source)


def _report(read: Subtitles, known: Context, refusals: tuple[str, ...] = ()) -> TextReport:
    cues = read.cues
    groups = subtitles.grouped(subtitles.within(cues, known))
    return TextReport(
        srt=subtitles.to_srt(cues),
        cues=len(cues),
        first=min(cue.start for cue in cues) / 1000,
        last=max(cue.end for cue in cues) / 1000,
        problems=(*refusals, *(group.message for group in groups if group.severity == "problem")),
        refusals=refusals,
        notes=tuple(map(str, read.notes)),
        # Where no cue can be spoken at all, that is all there is to say.
        findings=() if refusals else groups,
        timeline=subtitles.guess_timeline(cues, known) if known.spoken else None,
        spoken=subtitles.spoken(cues, known),
        speakers=subtitles.speakers_in(cues),
    )


def _with_places(report: TextReport, data: str | bytes, known: Context) -> TextReport:
    """Together with what depends on the other texts, which is found anew each time and quickly."""
    if report.refusals:
        return report
    elsewhere = subtitles.grouped(subtitles.misplacements(said(data), known))
    return replace(report, findings=(*elsewhere, *report.findings)) if elsewhere else report


def _language(locale: str) -> str | None:
    return locale.partition("-")[0] or None


def _outside(film: Film) -> str:
    part = f"{film.start or 0:g}–{film.end:g} s" if film.end is not None else f"{film.start or 0:g} s to the end"
    return (
        f"No cue lies inside the trim ({part}). Times count from the beginning of the whole film, not of the trim. "
        "Change the trim, bring subtitles that were made for the whole film, or have the times moved by the start of "
        "the trim."
    )
