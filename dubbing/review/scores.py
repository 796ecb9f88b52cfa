"""The score of a dub: 100 minus the penalty of its issues per 100 words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from dubbing.models import Comment, Dubbing, judged_words
from dubbing.models.prepared import PreparedQuery
from dubbing.models.reviews import Severity
from dubbing.review.issues import WEIGHTS

FEWEST_WORDS = 500
"""With fewer source words, one issue would move a score too far: counts are shown, but no score."""


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of a dub's issues. ``points``: 0 to 100; None if there are too few words for a score.

    ``origin``: which text the words were counted in, as in ``JudgedWords``.
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
        """The number of issues."""
        return sum(self.counts.values())

    @property
    def penalty(self) -> int:
        """Their combined weight."""
        return penalty(self.counts)

    @property
    def critical(self) -> int:
        """The number of critical issues: a single one fails the dub."""
        return self.counts.get(Severity.CRITICAL, 0)

    @property
    def lines(self) -> list[tuple[Severity, int, int]]:
        """Each severity that occurs, the worst first, with its number of issues and their penalty."""
        there = [severity for severity in reversed(Severity) if severity in self.counts]
        return [(severity, self.counts[severity], WEIGHTS[severity] * self.counts[severity]) for severity in there]

    @property
    def shown_points(self) -> float | None:
        """The score with one decimal, rounded down: a score just below the pass mark must not look like a pass."""
        return None if self.points is None else math.floor(10 * self.points) / 10

    @property
    def per_thousand_words(self) -> float | None:
        """Penalty per 1,000 words of the source."""
        return 1000 * self.penalty / self.words if self.words else None

    @property
    def per_minute(self) -> float | None:
        """Penalty per minute of the result."""
        return 60 * self.penalty / self.seconds if self.seconds > 0 else None


def penalty(counts: Mapping[Severity, int]) -> int:
    """The combined weight of this many issues of each severity."""
    return sum(WEIGHTS[severity] * count for severity, count in counts.items())


def score(counts: Mapping[str, int], *, words: int, seconds: float, pass_mark: int, origin: str = "") -> Score:
    """The score of a dub with this many issues of each severity. ``words``: judged; ``seconds``: of the result.

    A critical issue fails the dub, whatever its score.
    """
    counted = {Severity(severity): count for severity, count in counts.items() if count}
    points = max(0.0, 100 * (words - penalty(counted)) / words) if words >= FEWEST_WORDS else None
    passes = False if counted.get(Severity.CRITICAL) else None if points is None else points >= pass_mark
    return Score(counted, words, seconds, points, passes, pass_mark, origin)


def of_dubbing(dubbing: Dubbing, *, seconds: float, pass_mark: int) -> Score:
    """The score of a dub from its open issues. ``seconds``: of its final video."""
    count, origin = judged_words.of_dubbing(dubbing) or (0, "")
    counts = dict(_OPEN_ISSUES.rows(dubbing=dubbing.pk))
    return score(counts, words=count, seconds=seconds, pass_mark=pass_mark, origin=origin)


def _open_issues(dubbing: int) -> QuerySet[Comment, tuple[str, int]]:
    rows = Comment.objects.issues().filter(dubbing=dubbing, resolved_at=None).order_by()
    return rows.values_list("severity").annotate(count=Count("pk"))


_OPEN_ISSUES = PreparedQuery(_open_issues, "dubbing")
