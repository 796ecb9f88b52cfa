"""The thresholds of automatic checks: figures that a project can change, and its loudness target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dubbing.platform import numbers


class LoudnessProfile(models.TextChoices):
    """Named loudness targets."""

    SOURCE = "source", _("Match the source")
    EBU = "ebu", _("EBU R128, −23 LUFS")
    ATSC = "atsc", _("ATSC A/85, −24 LKFS")
    STREAMING = "streaming", _("Streaming, −27 LUFS")
    WEB = "web", _("Web, −14 LUFS")


class FormatRule(models.TextChoices):
    """Which sample rate and channels a result may have."""

    NO_LESS = "no_less", _("No worse than the source")
    SAME = "same", _("Same as the source")
    ANY = "any", _("Anything")


@dataclass(frozen=True, slots=True)
class Target:
    """A loudness target: LUFS, tolerance, and the highest true peak (dBTP)."""

    loudness: float
    tolerance: float
    peak: float


TARGETS = {
    LoudnessProfile.EBU: Target(-23.0, 0.5, -1.0),
    LoudnessProfile.ATSC: Target(-24.0, 2.0, -2.0),
    LoudnessProfile.STREAMING: Target(-27.0, 2.0, -2.0),
    LoudnessProfile.WEB: Target(-14.0, 1.0, -1.0),
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The limits from which findings are reported. Levels are dB, times seconds."""

    profile: str = LoudnessProfile.SOURCE
    loudness_tolerance: float = 2.0  # LU, against the source
    peak: float = -1.0  # dBTP, without a named profile
    silence_level: float = -50.0
    silence_percent: float = 60.0  # of a line's length
    still_seconds: float = 1.0
    black_seconds: float = 0.5
    length_ms: float = 100.0
    late_ms: float = 150.0
    sample_rate: str = FormatRule.NO_LESS
    channels: str = FormatRule.NO_LESS

    @property
    def target(self) -> Target | None:
        """The named loudness target; None if the source is matched."""
        return TARGETS.get(LoudnessProfile(self.profile))

    @property
    def highest_peak(self) -> float:
        """Highest true peak in dBTP, from the named target or the project's own figure."""
        return self.target.peak if self.target else self.peak

    def as_row(self) -> dict[str, Any]:
        """The thresholds for a JSON column."""
        return {name: str(value) if isinstance(value, str) else value for name, value in asdict(self).items()}


BOUNDS: dict[str, tuple[float, float]] = {
    "loudness_tolerance": (0.5, 10),
    "peak": (-9, 0),
    "silence_level": (-80, -30),
    "silence_percent": (20, 100),
    "still_seconds": (0.5, 60),
    "black_seconds": (0.4, 60),
    "length_ms": (50, 5000),
    "late_ms": (80, 500),
}
"""Minimum and maximum of each figure."""
_CHOICES: dict[str, list[str]] = {
    "profile": LoudnessProfile.values,
    "sample_rate": FormatRule.values,
    "channels": FormatRule.values,
}


def read(row: Any) -> Thresholds:
    """The thresholds in a JSON column; invalid values are left at their defaults."""
    known = Thresholds()
    if not isinstance(row, Mapping):
        return known
    values: dict[str, Any] = {}
    for name in (field.name for field in fields(Thresholds)):
        value = row.get(name)
        if name in _CHOICES:
            if isinstance(value, str) and value in _CHOICES[name]:
                values[name] = value
        elif (figure := numbers.figure(value, low=BOUNDS[name][0], high=BOUNDS[name][1])) is not None:
            values[name] = figure
    return replace(known, **values)
