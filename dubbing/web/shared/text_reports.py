"""Reports on the texts of a form: check them against the video, the trim and each other, and describe the findings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import Lock
from typing import Any

from django.utils.translation import get_language, gettext

from dubbing import subtitles
from dubbing.platform import formatting
from dubbing.subtitles import Context, Cue, Group, Guess, Other, Span, Subtitles, Wanted

# Autosaving asks about the same texts repeatedly. Very long ones would fill the memory.
_REMEMBERED_LENGTH, _MOST_REMEMBERED = 200_000, 96


_SERIOUS = {"language", "crossed", "misplaced", "script", "encoding", "misread", "damaged", "rolling"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimmedVideo:
    """The video that the subtitles belong to: its length and trim, in seconds."""

    duration: float | None = None
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What else a text is checked against: the source's text, the project's terms, the other texts, its file."""

    source: str = ""
    terms: tuple[Wanted, ...] = ()
    others: tuple[Other, ...] = ()
    file_name: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReport:
    """The result for one text. With ``problems`` it cannot be sent; ``notes`` and ``findings`` are worth a look.

    ``refusals``: problems that are not findings, because there are no cues to find them in.
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
        """The number of kinds of findings; hints do not count."""
        return sum(group.severity == "warning" for group in self.findings)

    @property
    def serious(self) -> tuple[str, ...]:
        """What is wrong with the text as a whole: it would be spoken as it is, and paid for."""
        return tuple(group.message for group in self.findings if group.severity == "warning" and group.kind in _SERIOUS)

    @property
    def is_complete(self) -> bool:
        """Whether all of it was checked."""
        return all(group.kind != "unchecked" for group in self.findings)


def refused(problems: tuple[str, ...]) -> TextReport:
    """The report of a text that cannot be read."""
    return TextReport(problems=problems, refusals=problems)


def target_report(
    data: str | bytes,
    video: TrimmedVideo,
    locale: str,
    beside: Beside = Beside(),
    seconds: float = subtitles.LONGEST_LOOK,
) -> TextReport:
    """The report of subtitles to be spoken: strict, because the provider refuses anything else.

    Whatever was not checked within ``seconds`` becomes a finding.
    """
    if isinstance(data, bytes):
        return _of_bytes(data, locale, beside, lambda text, known: target_report(text, video, locale, known, seconds))
    key = ("target", data, video, locale, beside.source, beside.terms)
    report = _remembered(key, lambda: _look(data, video, locale, beside, seconds))
    return _with_places(report, data, context(video, locale, beside))


def source_report(
    data: str | bytes,
    locale: str,
    video: TrimmedVideo | None = None,
    beside: Beside = Beside(),
    seconds: float = subtitles.LONGEST_LOOK,
) -> TextReport:
    """The report of a transcript of the source: any text may help."""
    known = video or TrimmedVideo()
    if isinstance(data, bytes):
        return _of_bytes(data, locale, beside, lambda text, notes: source_report(text, locale, known, notes, seconds))
    report = _remembered(("source", data, locale, known), lambda: _look_at_source(data, locale, known, seconds))
    return _with_places(report, data, context(known, locale, beside, spoken=False))


def _of_bytes(data: bytes, locale: str, beside: Beside, look: Callable[[str, Beside], TextReport]) -> TextReport:
    """The report of a file: that of its text, with notes on its encoding."""
    try:
        text, encoding, notes = subtitles.text_of(data, language=_language(locale))
    except subtitles.SubtitleError as error:
        return refused(tuple(map(str, error.problems)))
    report = look(text, replace(beside, encoding=encoding))
    return replace(report, notes=(*map(str, notes), *report.notes))


def context(video: TrimmedVideo, locale: str, beside: Beside, *, spoken: bool = True) -> Context:
    """What the cues of a text are checked against."""
    return Context(
        duration=video.duration,
        start=video.start,
        end=video.end,
        locale=locale,
        spoken=spoken,
        source_cues=cues_of(beside.source) if spoken else (),
        terms=beside.terms if spoken else (),
        others=beside.others,
        file_name=beside.file_name,
        encoding=beside.encoding,
    )


def cues_of(data: str | bytes) -> tuple[Cue, ...]:
    """The cues of a text; empty if it has no times or cannot be read."""
    try:
        return _read(data, "").cues if data else ()
    except subtitles.SubtitleError:
        return ()


def described(slot: str, locale: str, data: str | bytes) -> Other:
    """A summary of a text, for comparing others with it."""
    spoken = spoken_text(data)
    return (_described_again if len(spoken) <= _REMEMBERED_LENGTH else subtitles.described)(slot, locale, spoken)


def spoken_text(data: str | bytes) -> str:
    """The words of a text, without its times."""
    return (_spoken_text_again if len(data) <= _REMEMBERED_LENGTH else _spoken_text)(data)


def _spoken_text(data: str | bytes) -> str:
    cues = cues_of(data)
    return subtitles.spoken_text(cues) if cues or isinstance(data, bytes) else data


_spoken_text_again = lru_cache(maxsize=64)(_spoken_text)
_described_again = lru_cache(maxsize=128)(subtitles.described)


def _read(data: str | bytes, locale: str) -> Subtitles:
    language = _language(locale) if isinstance(data, bytes) else None
    if len(data) > _REMEMBERED_LENGTH:
        return subtitles.read(data, language=language)
    return _read_again(data, language, get_language())


@lru_cache(maxsize=64)
def _read_again(data: str | bytes, language: str | None, interface_language: str | None) -> Subtitles:
    return subtitles.read(data, language=language)


_reports: OrderedDict[Hashable, TextReport] = OrderedDict()
_reports_lock = Lock()


def _remembered(what: tuple[Any, ...], look: Callable[[], TextReport]) -> TextReport:
    """The report of a text that was checked lately, or a new one. Incomplete reports are not cached.

    It is in the interface language.
    """
    key = (*what, get_language())
    with _reports_lock:
        known = _reports.get(key)
        if known:
            _reports.move_to_end(key)
            return known
    report = look()
    if report.is_complete and len(key[1]) <= _REMEMBERED_LENGTH:
        with _reports_lock:
            _reports[key] = report
            while len(_reports) > _MOST_REMEMBERED:
                _reports.popitem(last=False)
    return report


def _look(data: str | bytes, video: TrimmedVideo, locale: str, beside: Beside, seconds: float) -> TextReport:
    try:
        read = _read(data, locale)
    except subtitles.SubtitleError as error:
        return refused(tuple(map(str, error.problems)))
    known = context(video, locale, Beside(source=beside.source, terms=beside.terms))
    outside = subtitles.nothing_inside(read.cues, video.start, video.end)
    return _report(read, known, seconds, (_outside(video),) if outside else ())


def _look_at_source(data: str | bytes, locale: str, video: TrimmedVideo, seconds: float) -> TextReport:
    try:
        text, notes = subtitles.read_transcript(data, language=_language(locale))
    except subtitles.SubtitleError as error:
        return refused(tuple(map(str, error.problems)))
    remarks = tuple(map(str, notes))
    cues = cues_of(text)
    if not cues:
        return TextReport(srt=text, notes=remarks, findings=subtitles.grouped(subtitles.in_prose(text)))
    return _report(Subtitles(cues, "", notes), context(video, locale, Beside(), spoken=False), seconds)


def _report(read: Subtitles, known: Context, seconds: float, refusals: tuple[str, ...] = ()) -> TextReport:
    cues = read.cues
    groups = subtitles.grouped(subtitles.within(cues, known, seconds=seconds))
    return TextReport(
        srt=subtitles.to_srt(cues),
        cues=len(cues),
        first=min(cue.start for cue in cues) / 1000,
        last=max(cue.end for cue in cues) / 1000,
        problems=(*refusals, *(group.message for group in groups if group.severity == "problem")),
        refusals=refusals,
        notes=tuple(map(str, read.notes)),
        # If no cue can be spoken at all, there is nothing else to say.
        findings=() if refusals else groups,
        timeline=subtitles.guess_timeline(cues, known) if known.spoken else None,
        spoken=subtitles.spoken(cues, known),
        speakers=subtitles.speakers_in(cues),
    )


def _with_places(report: TextReport, data: str | bytes, known: Context) -> TextReport:
    """The report with findings that depend on the other texts, which are quickly computed each time."""
    if report.refusals:
        return report
    elsewhere = subtitles.grouped(subtitles.elsewhere(spoken_text(data), known))
    return replace(report, findings=(*elsewhere, *report.findings)) if elsewhere else report


def _language(locale: str) -> str | None:
    return locale.partition("-")[0] or None


def _outside(video: TrimmedVideo) -> str:
    start = formatting.number(video.start or 0, digits=3)
    part = gettext("%(start)s s to the end") % {"start": start}
    if video.end is not None:
        part = f"{start}–{formatting.number(video.end, digits=3)} s"
    message = gettext(
        "No cue is inside the trim (%(part)s). Times count from the start of the whole video, not the trim. Change the "
        "trim, upload subtitles for the whole video, or move the times by the start of the trim."
    )
    return message % {"part": part}
