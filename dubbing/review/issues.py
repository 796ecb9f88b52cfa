"""The types of an issue, by dimension, and what they weigh. Based on MQM, made for dubs: no rows here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from dubbing.models.reviews import IssueKind, Severity

DIMENSIONS = {
    _("Terminology"): [IssueKind.WRONG_TERM],
    _("Accuracy"): [IssueKind.MISTRANSLATION, IssueKind.OMISSION, IssueKind.ADDITION, IssueKind.UNTRANSLATED],
    _("Language"): [IssueKind.GRAMMAR, IssueKind.PRONUNCIATION],
    _("Style and locale"): [IssueKind.STYLE, IssueKind.LOCALE],
    _("Sync, voice, mix"): [IssueKind.SYNC, IssueKind.VOICE, IssueKind.MIX],
}
"""The card of twelve, in its order."""

WEIGHTS = {Severity.NEUTRAL: 0, Severity.MINOR: 1, Severity.MAJOR: 5, Severity.CRITICAL: 25}
"""Penalty of one issue."""

FEWEST_WORDS = 500
"""Below this many source words one issue moves a score too far: counts are shown, and no score."""

GUIDANCE = {
    Severity.NEUTRAL: _("Worth knowing. Nothing to fix."),
    Severity.MINOR: _("Noticeable, but nobody misunderstands it."),
    Severity.MAJOR: _("Viewers are misled, or clearly disturbed."),
    Severity.CRITICAL: _("Must not be published. It fails whatever the score."),
}


@dataclass(frozen=True, slots=True)
class Score:
    """What the issues of a dub add up to. ``points``: 0 to 100, None where there are too few words to say.

    ``origin``: whose words they are, as in ``JudgedWords``.
    """

    counts: Mapping[Severity, int]
    words: int
    seconds: float
    points: float | None
    passes: bool | None
    pass_mark: int
    origin: str

    @property
    def issues(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def penalty(self) -> int:
        """What they weigh together."""
        return penalty(self.counts)

    @property
    def critical(self) -> int:
        """How many of them fail the dub by themselves."""
        return self.counts.get(Severity.CRITICAL, 0)

    @property
    def lines(self) -> list[tuple[Severity, int, int]]:
        """Each severity that there is, the worst first, with its number and what that weighs."""
        there = [severity for severity in reversed(Severity) if severity in self.counts]
        return [(severity, self.counts[severity], WEIGHTS[severity] * self.counts[severity]) for severity in there]

    @property
    def shown_points(self) -> float | None:
        """The score to one digit, rounded down: what does not pass at 95 is not shown as 95."""
        return None if self.points is None else math.floor(10 * self.points) / 10

    @property
    def per_thousand_words(self) -> float | None:
        """Penalty for each 1,000 words of the source."""
        return 1000 * self.penalty / self.words if self.words else None

    @property
    def per_minute(self) -> float | None:
        """Penalty for each minute of the result."""
        return 60 * self.penalty / self.seconds if self.seconds > 0 else None


def penalty(counts: Mapping[Severity, int]) -> int:
    """What so many issues of each severity weigh together."""
    return sum(WEIGHTS[severity] * count for severity, count in counts.items())


def score(counts: Mapping[str, int], *, words: int, seconds: float, pass_mark: int, origin: str = "") -> Score:
    """The score of a dub with so many issues of each severity. ``words``: judged; ``seconds``: of the result.

    A critical issue fails whatever the score is.
    """
    counted = {Severity(severity): count for severity, count in counts.items() if count}
    points = max(0.0, 100 * (words - penalty(counted)) / words) if words >= FEWEST_WORDS else None
    passes = False if counted.get(Severity.CRITICAL) else None if points is None else points >= pass_mark
    return Score(counted, words, seconds, points, passes, pass_mark, origin)
