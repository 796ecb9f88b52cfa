"""How long dubbing takes, learnt from comparable videos.

Providers promise no times. What can be stated is how long comparable videos took from sending to the last language, and
only once there are enough of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count

from dubbing.models import Asset
from dubbing.models.subqueries import ListedIds
from dubbing.platform import lengths

ENOUGH = 5
"""Number of comparable videos that make a history."""
LONGEST = 24 * 3600.0
"""Seconds; anything longer was held up by something other than dubbing."""

_RECENT = 300
_KEPT_FOR = 60  # seconds that a history is cached


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How long comparable videos took, in seconds: half of them at most ``typical``, nine of ten at most ``longest``,
    and so on. ``count``: the number of videos.
    """

    typical: float
    longest: float
    p95: float
    p99: float
    count: int


@dataclass(frozen=True, slots=True)
class _Done:
    took: float
    seconds: float | None
    languages: int


def of_asset(asset: Asset, languages: int) -> Turnaround | None:
    """The expected turnaround of an asset with this many languages; None while there is too little history."""
    return learn(
        asset.provider, asset.auto_generate, asset.lips_model, seconds=asset.trimmed_duration, languages=languages
    )


def learn(
    provider: str, auto_generate: str, lips_model: str, *, seconds: float | None, languages: int
) -> Turnaround | None:
    """The expected turnaround of a video of this length (seconds; None: not known yet), from comparable ones."""
    if seconds is None:
        return None
    history = _history(provider, auto_generate, lips_model)
    alike = [past for past in history if past.seconds is not None and _is_alike(past.seconds, seconds, 10)]
    closer = [past for past in alike if _is_alike(past.languages, languages, 2)]
    times = _without_outliers(past.took for past in (closer if len(closer) >= ENOUGH else alike))
    if len(times) < ENOUGH:
        return None
    typical, longest, p95, p99 = (_quantile(times, part) for part in (0.5, 0.9, 0.95, 0.99))
    return Turnaround(typical, longest, p95, p99, len(times))


def _is_alike(mine: float, other: float, slack: float) -> bool:
    return 0.5 <= (mine + slack) / (other + slack) <= 2


def _without_outliers(times: Iterable[float]) -> list[float]:
    """The times sorted, without those so far above the middle half that something other than dubbing held them up."""
    ordered = sorted(times)
    if len(ordered) < ENOUGH:
        return ordered
    low, high = _quantile(ordered, 0.25), _quantile(ordered, 0.75)
    most = high + 3 * max(high - low, 0.25 * high)
    return [past for past in ordered if past <= most]


def _quantile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def _history(provider: str, auto_generate: str, lips_model: str) -> list[_Done]:
    key = f"turnaround:{provider}:{auto_generate}:{lips_model}"
    history: list[_Done] | None = cache.get(key)
    if history is None:
        history = _read_history(provider, auto_generate, lips_model)
        cache.set(key, history, _KEPT_FOR)
    return history


def _read_history(provider: str, auto_generate: str, lips_model: str) -> list[_Done]:
    same = Asset.objects.filter(provider=provider, auto_generate=auto_generate, lips_model=lips_model)
    newest = same.filter(status=Asset.Status.COMPLETED).order_by("-id").values_list("pk", flat=True)[:_RECENT]
    rows = (
        Asset.objects.filter(pk__in=ListedIds(newest), submitted_at__isnull=False, finished_at__isnull=False)
        .annotate(languages=Count("dubbings"))
        .values_list("submitted_at", "finished_at", "source__duration", "duration", "start", "end", "languages")
    )
    history = []
    for submitted_at, finished_at, measured, reported, start, end, languages in rows:
        assert finished_at is not None
        assert submitted_at is not None
        took = (finished_at - submitted_at).total_seconds()
        if 0 <= took <= LONGEST:
            history.append(_Done(took, lengths.trimmed(measured or reported, start, end), languages))
    return history
