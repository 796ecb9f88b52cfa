"""Compare the provider's length of a video with our own. Only ours counts for minutes."""

from __future__ import annotations

from dubbing import media
from dubbing.models import Asset, Event, Result
from dubbing.platform import lengths

# Maximum number of mismatches recorded for an asset: a provider's length can be wrong in a new way each time.
_MOST = 5
_BEYOND = lengths.LONGEST + 1
"""Shown for anything longer: some values are too large to be written in minutes."""


def compared(asset: Asset, reported: float | None) -> float | None:
    """The provider's length in seconds if it is plausible; otherwise None, and ops see both lengths, once.

    Call again when a result arrives: before that there may have been nothing to compare it with.
    """
    if reported is None:
        return None
    reported = min(max(-_BEYOND, reported), _BEYOND)
    ours = _ours(asset)
    if not ours or any(media.is_same_length(reported, length) for length in ours):
        return reported if 0 < reported < _BEYOND else None
    if asset.end is not None and asset.measured_duration is None and asset.end <= reported < _BEYOND:
        return reported  # for a video longer than its trim, we have nothing to compare
    known = list(asset.events.filter(kind=Event.Kind.LENGTH_DIFFERS).values_list("data__told", flat=True)[:_MOST])
    if reported not in known and len(known) < _MOST:
        Event.objects.record(asset, Event.Kind.LENGTH_DIFFERS, cause="sync", told=reported, ours=ours[0])
    return None


def expected(asset: Asset) -> list[float]:
    """The lengths in seconds that a result may have: one by our own measure, otherwise what the provider's may mean."""
    measured = asset.measured_duration
    if measured is not None or asset.end is not None:
        return _trimmed(asset, measured)
    reported = asset.duration
    return [*_trimmed(asset, reported), reported] if reported else []


def _trimmed(asset: Asset, length: float | None) -> list[float]:
    length = lengths.trimmed(length, asset.start, asset.end)
    return [] if length is None else [length]


def _ours(asset: Asset) -> list[float]:
    """Lengths that we measured, the trim first: of the source, or of its results."""
    length, start = asset.measured_duration, asset.start or 0.0
    if length is not None:
        return [*_trimmed(asset, length), length]
    results = Result.objects.filter(version__dubbing__asset=asset, duration__gt=0).order_by("-id")
    return [length for made in results.values_list("duration", flat=True)[:3] for length in (made, start + made)]
