"""The types of an issue, by dimension, and what they weigh. Based on MQM, made for dubs: no rows here."""

from __future__ import annotations

from collections.abc import Iterable
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
    """What the issues of a dub add up to. ``points``: 0 to 100, None where there are too few words to say."""

    issues: int
    penalty: int
    critical: int
    words: int
    seconds: float
    points: float | None
    passes: bool | None

    @property
    def per_thousand_words(self) -> float | None:
        """Penalty for each 1,000 words of the source."""
        return 1000 * self.penalty / self.words if self.words else None

    @property
    def per_minute(self) -> float | None:
        """Penalty for each minute of the result."""
        return 60 * self.penalty / self.seconds if self.seconds > 0 else None


def score(severities: Iterable[str], *, words: int, seconds: float, pass_mark: int) -> Score:
    """The score of a dub with issues of these severities. ``words``: of the source; ``seconds``: of the result.

    A critical issue fails whatever the score is.
    """
    weights = [(severity, WEIGHTS[Severity(severity)]) for severity in severities]
    penalty = sum(weight for _severity, weight in weights)
    critical = sum(severity == Severity.CRITICAL for severity, _weight in weights)
    points = max(0.0, 100 * (1 - penalty / words)) if words >= FEWEST_WORDS else None
    passes = False if critical else None if points is None else points >= pass_mark
    return Score(len(weights), penalty, critical, words, seconds, points, passes)
