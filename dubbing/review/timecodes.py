"""Timecodes as editing programs count them, including drop-frame. No database rows here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})[:;.](\d{2})")
_COMMON = [
    Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(48), Fraction(50),
    Fraction(60000, 1001), Fraction(60),
]  # fmt: skip
_NEAR = 0.005
DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class FrameRate:
    """An exact frame rate. Timecode counts ``nominal`` frames per second, and skips numbers where that is inexact."""

    exact: Fraction

    @property
    def nominal(self) -> int:
        """The whole number of frames counted per second: 30 for 29.97."""
        return round(self.exact)

    @property
    def is_drop_frame(self) -> bool:
        """Whether numbers are dropped to keep the clock right: at 29.97 and 59.94, as broadcasters do."""
        return self.exact.denominator == 1001 and self.nominal in (30, 60)

    def frame(self, seconds: float) -> int:
        """The number of the frame shown at this moment."""
        return max(0, int(seconds * self.exact + Fraction(1, 1000)))

    def timecode(self, frame: int) -> str:
        """``01:00:00:00``, or with a semicolon before the frames for drop-frame rates."""
        number = frame + self._dropped_before(frame) if self.is_drop_frame else frame
        seconds, rest = divmod(number, self.nominal)
        hours, minutes = seconds // 3600 % DAY_HOURS, seconds // 60 % 60
        mark = ";" if self.is_drop_frame else ":"
        return f"{hours:02}:{minutes:02}:{seconds % 60:02}{mark}{rest:02}"

    def frame_of(self, timecode: str) -> int | None:
        """The number of the frame with this timecode; None if it is invalid."""
        match = _TIMECODE.fullmatch(timecode.strip())
        if match is None:
            return None
        hours, minutes, seconds, rest = map(int, match.groups())
        if hours >= DAY_HOURS or minutes > 59 or seconds > 59 or rest >= self.nominal:
            return None
        number = ((hours * 60 + minutes) * 60 + seconds) * self.nominal + rest
        if not self.is_drop_frame:
            return number
        if minutes % 10 and not seconds and rest < self._drop:
            return None  # a dropped number
        whole_minutes = hours * 60 + minutes
        return number - self._drop * (whole_minutes - whole_minutes // 10)

    @property
    def _drop(self) -> int:
        """Numbers dropped at the start of each minute except every tenth."""
        return self.nominal // 15

    def _dropped_before(self, frame: int) -> int:
        per_ten = self.nominal * 600 - self._drop * 9
        per_minute = self.nominal * 60 - self._drop
        tens, rest = divmod(frame, per_ten)
        first = self.nominal * 60  # a tenth minute drops none
        minutes = 0 if rest < first else 1 + (rest - first) // per_minute
        return self._drop * (9 * tens + minutes)


def rate_of(figure: float | None) -> FrameRate:
    """The exact rate that a measured one stands for; 25 if unknown."""
    if not figure or not 1 <= figure <= 240:
        return FrameRate(Fraction(25))
    near = min(_COMMON, key=lambda common: abs(float(common) - figure))
    return FrameRate(near if abs(float(near) - figure) < _NEAR else Fraction(figure).limit_denominator(1001))
