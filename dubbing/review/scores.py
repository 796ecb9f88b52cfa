"""Compute the scores of dubs from the database."""

from __future__ import annotations

from django.db.models import Count

from dubbing.models import Comment, Dubbing, judged_words
from dubbing.review import issues


def of_dubbing(dubbing: Dubbing, *, seconds: float, pass_mark: int) -> issues.Score:
    """The score of a dub from its open issues. ``seconds``: of its final video."""
    count, origin = judged_words.of_dubbing(dubbing) or (0, "")
    rows = Comment.objects.issues().filter(dubbing=dubbing.pk, resolved_at=None).order_by()
    counts = dict(rows.values_list("severity").annotate(count=Count("pk")))
    return issues.score(counts, words=count, seconds=seconds, pass_mark=pass_mark, origin=origin)
