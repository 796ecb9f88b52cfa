"""The length of a video after trimming."""

from __future__ import annotations

LONGEST = 1_000_000.0
"""Seconds. A longer length is wrong, whoever states it."""


def trimmed(length: float | None, start: float | None, end: float | None) -> float | None:
    """Seconds between ``start`` and ``end``, limited to the length of the video; None while the end is unknown."""
    ends = [moment for moment in (end, length) if moment is not None]
    return max(0.0, min(ends) - (start or 0.0)) if ends else None


def requested(length: float | None, start: float | None, end: float | None) -> float | None:
    """The same, but with the requested end even if the video is shorter: what a quote states and is paid for."""
    return trimmed(length if end is None else None, start, end)
