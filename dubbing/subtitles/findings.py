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
    "placeholder": ("Leave out what is not filled in", wording.drop_placeholders),
    "no_length": ("Give them time", speech_rate.give_length),
    "misread": ("Put the letters right", damaged_letters.put_right),
    "rolling": ("Keep each line once", rolling_captions.unroll),
    "offset": ("Move all cues", drift.move_all),
    "past_end": ("Leave out what comes after the film", timing.drop_past),
    "cut_by_end": ("End with the film", timing.clip_to_film),
    "cut_by_trim": ("Clip to the trim", timing.clip_to_trim),
    "outside_trim": ("Leave out what lies outside the trim", timing.drop_outside),
    "overlap": ("End each where the next begins", timing.end_overlaps),
    "order": ("Put them in order of time", timing.sort),
    "too_fast": ("Use the free time behind", speech_rate.slow_down),
    "too_short": ("Use the free time behind", speech_rate.lengthen_short),
    "too_long": ("Split between sentences", speech_rate.split_long),
    "silent": ("Leave out cues without words", wording.drop_silent),
    "noise": ("Leave out descriptions of sounds", wording.drop_noises),
    "markup": ("Take the markup out", wording.take_markup_out),
    "term_forbidden": ("Put the right word in", terms.put_in),
    "term_missing": ("Put the right word in", terms.translate),
}
FIXES: dict[str, str] = {kind: label for kind, (label, _) in _FIXES.items()} | {
    "crossed": "Swap the two texts",
    "misplaced": "Move the text to where it belongs",
}
LONGEST_LOOK = 5.0
_MOST_LISTED, _LOOK_UP = 1_000, 16
_UNCHECKED = Finding(
    "unchecked", None, "warning", "Not everything was checked: these subtitles take too long to check.",
    "What is not listed here may still be wrong. Split the text into shorter films to have all of it checked.",
)  # fmt: skip
_DROPPING = {"placeholder", "past_end", "outside_trim", "silent", "noise"}


def findings(cues: Sequence[Cue], context: Context) -> tuple[Finding, ...]:
    """Everything found, in the order in which it is worth mending; `grouped` sorts by severity."""
    return (*elsewhere(words(cues), context), *within(cues, context))


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


def words(cues: Sequence[Cue]) -> str:
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
