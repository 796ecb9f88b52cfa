"""The pre-flight: everything there is to say about cues against this very film, and the fixes. See `context`."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from dubbing.subtitles.checks import damaged_letters, drift, rolling_captions, speech_rate, terms, timing, wording
from dubbing.subtitles.checks.damaged_letters import read_again, strange_encoding
from dubbing.subtitles.checks.placement import misplacements
from dubbing.subtitles.context import Check, Context, Finding, Fix
from dubbing.subtitles.cues import Cue
from dubbing.subtitles.writing_systems import bare

T = TypeVar("T")

_CHECKS: tuple[Check, ...] = (
    wording.not_filled_in,
    speech_rate.no_length,
    damaged_letters.damaged,
    damaged_letters.misread,
    rolling_captions.rolling,
    wording.wrong_script,
    drift.drift,
    drift.count_drift,
    timing.past_end,
    timing.cut_by_end,
    timing.cut_by_trim,
    timing.overlaps,
    timing.out_of_order,
    terms.forbidden,
    terms.missing,
    speech_rate.too_fast,
    speech_rate.too_short,
    wording.nothing_to_say,
    wording.noises,
    wording.untranslated,
    wording.markup,
    speech_rate.too_long,
    timing.outside_trim,
)
_FIXES: dict[str, tuple[str, Fix]] = {
    "placeholder": ("Remove unfilled cues", wording.drop_placeholders),
    "no_length": ("Add time", speech_rate.give_length),
    "misread": ("Fix the letters", damaged_letters.put_right),
    "rolling": ("Keep each line once", rolling_captions.unroll),
    "offset": ("Move all cues", drift.move_all),
    "past_end": ("Remove cues after the video", timing.drop_past),
    "cut_by_end": ("End with the video", timing.clip_to_film),
    "cut_by_trim": ("Clip to the trim", timing.clip_to_trim),
    "outside_trim": ("Remove cues outside the trim", timing.drop_outside),
    "overlap": ("End each cue where the next starts", timing.end_overlaps),
    "order": ("Sort by time", timing.sort),
    "too_fast": ("Extend into free time", speech_rate.slow_down),
    "too_short": ("Extend into free time", speech_rate.lengthen_short),
    "too_long": ("Split at sentences", speech_rate.split_long),
    "silent": ("Remove cues without words", wording.drop_silent),
    "noise": ("Remove sound descriptions", wording.drop_noises),
    "markup": ("Remove markup", wording.take_markup_out),
    "term_forbidden": ("Use the approved term", terms.put_in),
    "term_missing": ("Use the approved term", terms.translate),
}
FIXES: dict[str, str] = {kind: label for kind, (label, _) in _FIXES.items()} | {
    "crossed": "Swap the texts",
    "misplaced": "Move to the right language",
}
LONGEST_LOOK = 5.0
_MOST_LISTED, _LOOK_UP = 1_000, 16
_UNCHECKED = Finding(
    "unchecked", None, "warning", "Only part of these subtitles was checked: they take too long to check.",
    "There may be more problems than are listed here. Split the video into shorter parts to check everything.",
)  # fmt: skip
_DROPPING = {"placeholder", "past_end", "outside_trim", "silent", "noise"}


def findings(cues: Sequence[Cue], context: Context) -> tuple[Finding, ...]:
    """Everything found, in the order in which it is worth mending; `grouped` sorts by severity."""
    return (*elsewhere(spoken_text(cues), context), *within(cues, context))


def elsewhere(text: str, context: Context) -> tuple[Finding, ...]:
    """What depends on the other texts of the asset and on the file it came from. `text`: what is said."""
    return (*strange_encoding(context), *misplacements(read_again(text), context))


def within(cues: Sequence[Cue], context: Context, *, seconds: float = LONGEST_LOOK) -> tuple[Finding, ...]:
    """The same without what depends on the other texts of the asset (`context.others`) and on its file.

    Of each kind the first thousand are listed, and the rest is counted. After so many `seconds` the look ends, and that
    is a finding as well.
    """
    found = _Found()
    for finding in _looked(cues, context, time.monotonic() + seconds):
        found.add(finding)
    final = {kind for kind in _DROPPING if found.counted(kind) == len(cues)}  # dropping them all would leave nothing
    return tuple(_labelled(finding, final) for finding in found.listed())


class _TimeIsUp(Exception):
    """What is being gone through takes too long."""


class _Timed(tuple[T, ...]):
    """What can be gone through until the time is up: so every loop of a check looks at the clock, also where it finds
    nothing.
    """

    until: float

    @classmethod
    def of(cls, things: Iterable[T], until: float) -> Self:
        timed = cls(things)
        timed.until = until
        return timed

    def __iter__(self) -> Iterator[T]:
        for at, one in enumerate(super().__iter__()):
            if at % _LOOK_UP == 0 and time.monotonic() >= self.until:
                raise _TimeIsUp
            yield one


def _looked(cues: Sequence[Cue], context: Context, until: float) -> Iterator[Finding]:
    known = replace(
        context, source_cues=_Timed.of(context.source_cues, until), terms=_Timed.of(context.terms, until)
    )  # fmt: skip
    timed = _Timed.of(cues, until)
    try:
        for check in _CHECKS:
            yield from check(timed, known)
    except _TimeIsUp:
        yield _UNCHECKED


@dataclass(slots=True)
class _Found:
    """Findings by kind, in the order of the checks: the first of each, and the cues of the others."""

    _first: dict[str, list[Finding]] = field(default_factory=dict)
    _others: dict[str, list[int | None]] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        first = self._first.setdefault(finding.kind, [])
        if len(first) < _MOST_LISTED:
            first.append(finding)
            return
        if finding.severity == "warning" and first[-1].severity == "hint":  # the worst has to be among the listed
            first[-1], finding = finding, first[-1]
        self._others.setdefault(finding.kind, []).append(finding.cue)

    def counted(self, kind: str) -> int:
        return len(self._first.get(kind, ())) + len(self._others.get(kind, ()))

    def listed(self) -> list[Finding]:
        for kind, others in self._others.items():
            first = self._first[kind]
            first[-1] = replace(first[-1], unlisted=tuple(others))
        return [finding for first in self._first.values() for finding in first]


def spoken_text(cues: Sequence[Cue]) -> str:
    """What is said, without times and markup."""
    return "\n".join(bare(cue.text) for cue in cues)


def apply_fix(cues: Sequence[Cue], kind: str, context: Context, cue: int | None = None) -> tuple[Cue, ...]:
    """The cues with every finding of this kind mended, or only that of one cue.

    They come back as they are when there is nothing to mend, or when mending would leave no cue at all.
    """
    if kind not in _FIXES:
        return tuple(cues)
    mended = tuple(_FIXES[kind][1](cues, context, cue))
    return mended or tuple(cues)


def _labelled(finding: Finding, final: set[str]) -> Finding:
    if not finding.fix or finding.kind == "offset":
        return finding
    return replace(finding, fix="" if finding.kind in final else FIXES[finding.kind])
