"""Run all checks of a text, and apply fixes. See `context`."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from django.utils.translation import gettext

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
_FIXES: dict[str, Fix] = {
    "placeholder": wording.drop_placeholders,
    "no_length": speech_rate.give_length,
    "misread": damaged_letters.put_right,
    "rolling": rolling_captions.unroll,
    "offset": drift.move_all,
    "past_end": timing.drop_past,
    "cut_by_end": timing.clip_to_video,
    "cut_by_trim": timing.clip_to_trim,
    "outside_trim": timing.drop_outside,
    "overlap": timing.end_overlaps,
    "order": timing.sort,
    "too_fast": speech_rate.slow_down,
    "too_short": speech_rate.lengthen_short,
    "too_long": speech_rate.split_long,
    "silent": wording.drop_silent,
    "noise": wording.drop_noises,
    "markup": wording.take_markup_out,
    "term_forbidden": terms.put_in,
    "term_missing": terms.translate,
}
LONGEST_LOOK = 5.0
_MOST_LISTED, _LOOK_UP = 1_000, 16
_DROPPING = {"placeholder", "past_end", "outside_trim", "silent", "noise"}


def findings(cues: Sequence[Cue], context: Context) -> tuple[Finding, ...]:
    """All findings, in the order in which they should be fixed; `grouped` sorts by severity."""
    return (*elsewhere(spoken_text(cues), context), *within(cues, context))


def elsewhere(text: str, context: Context) -> tuple[Finding, ...]:
    """Findings that depend on the other texts of the asset and on the file it came from. `text`: what is said."""
    return (*strange_encoding(text, context), *misplacements(read_again(text), context))


def within(cues: Sequence[Cue], context: Context, *, seconds: float = LONGEST_LOOK) -> tuple[Finding, ...]:
    """Findings that do not depend on the other texts of the asset (`context.others`) or on its file.

    Of each kind the first thousand are listed and the rest counted. The checks stop after so many `seconds`, which is a
    finding too.
    """
    overlapping = _Findings()
    for finding in _looked(cues, context, time.monotonic() + seconds):
        overlapping.add(finding)
    final = {
        kind for kind in _DROPPING if overlapping.counted(kind) == len(cues)
    }  # dropping them all would leave nothing
    return tuple(replace(finding, fix="") if finding.kind in final else finding for finding in overlapping.listed())


class _TimeIsUp(Exception):
    """The checks are taking too long."""


class _Timed(tuple[T, ...]):
    """A sequence that can be iterated until the time is up, so that every loop of a check watches the clock, even if it
    finds nothing.
    """

    until: float

    @classmethod
    def of(cls, items: Iterable[T], until: float) -> Self:
        timed = cls(items)
        timed.until = until
        return timed

    def __iter__(self) -> Iterator[T]:
        for at, item in enumerate(super().__iter__()):
            if at % _LOOK_UP == 0 and time.monotonic() >= self.until:
                raise _TimeIsUp
            yield item


def _looked(cues: Sequence[Cue], context: Context, until: float) -> Iterator[Finding]:
    known = replace(
        context, source_cues=_Timed.of(context.source_cues, until), terms=_Timed.of(context.terms, until)
    )  # fmt: skip
    timed = _Timed.of(cues, until)
    try:
        for check in _CHECKS:
            yield from check(timed, known)
    except _TimeIsUp:
        yield _unchecked()


def _unchecked() -> Finding:
    return Finding(
        "unchecked", None, "warning",
        gettext("Only part of these subtitles was checked because checking takes too long."),
        gettext("There may be more findings. Split the video into shorter parts to check everything."),
    )  # fmt: skip


@dataclass(slots=True)
class _Findings:
    """Findings by kind, in the order of the checks: the first of each, and the cues of the others."""

    _first: dict[str, list[Finding]] = field(default_factory=dict)
    _others: dict[str, list[int | None]] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        first = self._first.setdefault(finding.kind, [])
        if len(first) < _MOST_LISTED:
            first.append(finding)
            return
        if finding.severity == "warning" and first[-1].severity == "hint":  # the worst one has to be among those listed
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
    """The spoken words, without times and markup."""
    return "\n".join(bare(cue.text) for cue in cues)


def apply_fix(cues: Sequence[Cue], kind: str, context: Context, cue: int | None = None) -> tuple[Cue, ...]:
    """The cues with all findings of this kind fixed, or only that of one cue.

    They are returned unchanged if there is nothing to fix, or if the fix would leave no cue at all.
    """
    if kind not in _FIXES:
        return tuple(cues)
    fixed = tuple(_FIXES[kind](cues, context, cue))
    return fixed or tuple(cues)
