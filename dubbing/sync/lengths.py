"""How long a film is, by whose measure. Ours counts; the provider's figure is compared, and never booked."""

from __future__ import annotations

from dubbing.models import Asset, Event, Result
from dubbing.platform import lengths

# What a provider says can be wrong in a new way each time: so many of its figures are written down for an asset.
_MOST = 5
_SAME, _SAME_PART = 1.0, 0.03
_BEYOND = lengths.LONGEST + 1
"""What is told of anything longer: some figures are too large to be written in minutes."""


def compared(asset: Asset, reported: float | None) -> float | None:
    """The provider's figure, in seconds, if it can be right; else None, and ops see both figures, once.

    Call again when a result came: before that there may have been nothing to compare it with.
    """
    if reported is None:
        return None
    reported = min(max(-_BEYOND, reported), _BEYOND)
    ours = _ours(asset)
    if not ours or any(_agree(reported, length) for length in ours):
        return reported if 0 < reported < _BEYOND else None
    if asset.end is not None and asset.measured_duration is None and asset.end <= reported < _BEYOND:
        return reported  # of a film that is longer than its trim, we know no more
    known = list(asset.events.filter(kind=Event.Kind.LENGTH_DIFFERS).values_list("data__told", flat=True)[:_MOST])
    if reported not in known and len(known) < _MOST:
        Event.objects.record(asset, Event.Kind.LENGTH_DIFFERS, cause="sync", told=reported, ours=ours[0])
    return None


def expected(asset: Asset) -> list[float]:
    """How many seconds a result may have: one figure by our own measure, else what the provider's may mean."""
    measured = asset.measured_duration
    if measured is not None or asset.end is not None:
        return _trimmed(asset, measured)
    reported = asset.duration
    return [*_trimmed(asset, reported), reported] if reported else []


def _agree(mine: float, other: float) -> bool:
    """Whether both are the length of one film: encoders round, and tracks end apart."""
    return abs(mine - other) <= max(_SAME, _SAME_PART * other)


def _trimmed(asset: Asset, film: float | None) -> list[float]:
    length = lengths.trimmed(film, asset.start, asset.end)
    return [] if length is None else [length]


def _ours(asset: Asset) -> list[float]:
    """What we have measured, the trim first: the source, or what came out of it."""
    film, start = asset.measured_duration, asset.start or 0.0
    if film is not None:
        return [*_trimmed(asset, film), film]
    results = Result.objects.filter(version__dubbing__asset=asset, duration__gt=0).order_by("-id")
    return [length for made in results.values_list("duration", flat=True)[:3] for length in (made, start + made)]
