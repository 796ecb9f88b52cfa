"""How long a film is once it is trimmed."""

from __future__ import annotations

LONGEST = 1_000_000.0
"""Seconds. A film that says that it lasts longer is wrong, whoever says so."""


def trimmed(film: float | None, start: float | None, end: float | None) -> float | None:
    """Seconds between ``start`` and ``end``, no further than the film goes; None while its end is not known."""
    ends = [moment for moment in (end, film) if moment is not None]
    return max(0.0, min(ends) - (start or 0.0)) if ends else None


def requested(film: float | None, start: float | None, end: float | None) -> float | None:
    """The same, up to the end that was asked for, even where the film is shorter: what a quote says and is paid for."""
    return trimmed(film if end is None else None, start, end)
