"""What cues are checked against, and how findings are described.

The interface of the pre-flight, for code that shows or fixes subtitles::

    findings(cues, context) -> tuple[Finding, ...]      one for each problem; cues are named by number, from 1
    grouped(found)          -> tuple[Group, ...]        the same, one for each kind: "12 cues are too fast: 3, 7, 9 …"
    apply_fix(cues, kind, context, cue=None) -> tuple[Cue, ...]     all of a kind, or that of one cue
    FIXES: dict[kind, label]                            what a fix does, in a few words; a finding has it as `fix`

A fix returns the cues unchanged if there is nothing to fix. Two kinds also concern another text: "crossed" and
"misplaced" (`ELSEWHERE`); `apply_fix` ignores them, `drafts.subtitle_fixes` moves the texts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.subtitles.cues import Cue

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Severity: TypeAlias = Literal["problem", "warning", "hint"]
_ORDER: dict[str, int] = {"problem": 0, "warning": 1, "hint": 2}
_NAMED = 8
FIXES: dict[str, "StrOrPromise"] = {
    "placeholder": _("Remove unfilled cues"),
    "no_length": _("Add time"),
    "misread": _("Fix the letters"),
    "rolling": _("Keep each line once"),
    "offset": _("Move all cues"),
    "past_end": _("Remove cues after the video"),
    "cut_by_end": _("End with the video"),
    "cut_by_trim": _("Clip to the trim"),
    "outside_trim": _("Remove cues outside the trim"),
    "overlap": _("End each cue where the next starts"),
    "order": _("Sort by time"),
    "too_fast": _("Extend into free time"),
    "too_short": _("Extend into free time"),
    "too_long": _("Split at sentences"),
    "silent": _("Remove cues without words"),
    "noise": _("Remove sound descriptions"),
    "markup": _("Remove markup"),
    "term_forbidden": _("Insert term"),
    "term_missing": _("Insert term"),
    "crossed": _("Swap the texts"),
    "misplaced": _("Move to the right language"),
}
"""The label of each kind's fix."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A term of the project.

    `source` is translated as `target`; or `source` is forbidden and replaced by `target` (if any).
    """

    source: str
    target: str = ""
    forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """Another text of the same asset: its slot ("source" or a code), its locale, and a summary of its content."""

    slot: str
    locale: str
    fingerprint: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of the video, the trim (seconds), the language, the source's cues and the project's terms.

    `encoding`: of the file they came from, if it had to be guessed.
    `spoken`: these are the words of the dub, not the transcript of the source.
    """

    duration: float | None = None
    start: float | None = None
    end: float | None = None
    locale: str = ""
    spoken: bool = True
    source_cues: tuple[Cue, ...] = ()
    terms: tuple[Wanted, ...] = ()
    others: tuple[Other, ...] = ()
    file_name: str = ""
    encoding: str = ""

    @property
    def video_ms(self) -> int | None:
        """Milliseconds of the whole video; None while unknown."""
        return None if self.duration is None else round(self.duration * 1000)

    @property
    def first_ms(self) -> int:
        """Where the trimmed part begins, in milliseconds."""
        return round((self.start or 0) * 1000)

    @property
    def last_ms(self) -> int | None:
        """Where the trimmed part ends, in milliseconds; None while unknown."""
        ends = [round(self.end * 1000)] if self.end is not None else []
        return min([*ends, *([self.video_ms] if self.video_ms is not None else [])], default=None)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: in the cue with this number (from 1), or in the text as a whole (None).

    `cues`: all the cues concerned. `message` says what it is, `why` what it causes, `fix` what a click would do.
    `many` heads the list of such findings ("%(count)s cues are too fast"). `unlisted`: of very many of a kind only the
    first are listed; the last of these has the cues of all others.
    """

    kind: str
    cue: int | None
    severity: Severity
    message: str
    why: str
    fix: str = ""
    cues: tuple[int, ...] = ()
    many: "StrOrPromise" = ""
    unlisted: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one kind; `examples` are the first few, `more` how many follow."""

    kind: str
    severity: Severity
    message: str
    why: str
    fix: str
    cues: tuple[int, ...]
    examples: tuple[Finding, ...]
    more: int

    @property
    def shown(self) -> tuple[int, ...]:
        """The numbers of the cues to name."""
        return self.cues[:_NAMED]

    @property
    def hidden(self) -> int:
        """How many cues are not named."""
        return len(self.cues) - len(self.shown)


Check: TypeAlias = Callable[[Sequence[Cue], Context], Iterator[Finding]]
Fix: TypeAlias = Callable[[Sequence[Cue], Context, int | None], Iterable[Cue]]


def grouped(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """One group for each kind, the most severe first."""
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.kind, []).append(finding)
    return tuple(sorted(map(_group, kinds.values()), key=lambda group: _ORDER[group.severity]))


def _group(findings: list[Finding]) -> Group:
    unlisted = [cue for finding in findings for cue in finding.unlisted]
    first, count = findings[0], len(findings) + len(unlisted)
    worst = min((finding.severity for finding in findings), key=lambda severity: _ORDER[severity])
    numbers = [*(finding.cue for finding in findings), *unlisted]
    cues = tuple(dict.fromkeys(number for number in numbers if number is not None))
    message = first.message if count == 1 or not first.many else str(first.many % {"count": count})
    fix = next((finding.fix for finding in findings if finding.fix), "")
    return Group(first.kind, worst, message, first.why, fix, cues, tuple(findings[:_NAMED]), max(0, count - _NAMED))


def named(number: int, cue: Cue) -> str:
    """The name of a cue in a sentence."""
    return gettext("Cue %(number)s at %(time)s") % {"number": number, "time": in_words(cue.start)}


def fix_label(kind: str) -> str:
    """The label of the kind's fix, in the interface language."""
    return str(FIXES[kind])


def in_words(milliseconds: int) -> str:
    """A length or a moment: "1 h 2 min 3.5 s"."""
    minutes, rest = divmod(abs(milliseconds), 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / 1000:.3f}".rstrip("0").rstrip(".")
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{seconds} s" if rest else ""]
    return " ".join(part for part in parts if part) or "0 s"
