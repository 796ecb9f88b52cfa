"""The input of automatic checks: a result's measurements, its subtitles, and the thresholds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dubbing import subtitles
from dubbing.media import Comparison, FileMeasures, Likeness, Measurements, PictureMeasures, SoundMeasures
from dubbing.media.measurements import LEVELS_A_SECOND
from dubbing.review.thresholds import Thresholds

# Texts that describe sounds rather than speech.
_NOT_SPOKEN = re.compile(r"^[\s♪♫#*]*$|^\s*[\[(（【].*[\])）】]\s*$|[♪♫]", re.DOTALL)
_BESIDE_S = 0.25
_SHORTEST_GAPS_S = 1.5
# Dialogue background quieter than this counts as silence.
_BED = 50
_CLOSE_S, _GAP_PLACE_S, _LONGEST_PLACE_S, _MOST_LINES, _MOST_GAPS = 0.05, 0.4, 3.0, 130, 60
_STANDS_OUT = 9.0


@dataclass(frozen=True, slots=True)
class Line:
    """A cue in the result; times in seconds."""

    number: int
    start: float
    end: float

    @property
    def lasts(self) -> float:
        """Its length in seconds."""
        return self.end - self.start

    def holds(self, likeness: Likeness) -> bool:
        """Whether a compared place is within it."""
        return self.start - 0.01 <= likeness.start and likeness.end <= self.end + 0.01


def lines_of(cues: Sequence[subtitles.Cue]) -> tuple[list[Line], list[Line]]:
    """All cues of a result that have a length, and those of them in which something is said."""
    every = [
        (Line(number, cue.start / 1000, cue.end / 1000), cue.text) for number, cue in enumerate(cues) if cue.has_length
    ]
    return [line for line, _ in every], [line for line, text in every if not _NOT_SPOKEN.search(text)]


def places(cues: Sequence[subtitles.Cue], length: float) -> list[tuple[float, float]]:
    """Where the sounds of a result and its source are compared, in seconds: in lines, and between them."""
    every, spoken = lines_of(cues)
    gaps = [(start, end) for start, end in _gaps(every, length, _CLOSE_S) if end - start >= _GAP_PLACE_S]
    if not every:
        count = max(1, min(_MOST_GAPS, round(length / _LONGEST_PLACE_S)))
        gaps = [(length * number / count, length * (number + 1) / count) for number in range(count)]
    spoken_ranges = [(line.start, line.end) for line in spoken if line.lasts >= _GAP_PLACE_S]
    return sorted([*_thinned(spoken_ranges, _MOST_LINES), *(_short(gap) for gap in _thinned(gaps, _MOST_GAPS))])


def _short(place: tuple[float, float]) -> tuple[float, float]:
    return place[0], min(place[1], place[0] + _LONGEST_PLACE_S)


def _thinned(ranges: list[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most this many ranges, from all parts of the video."""
    return ranges if len(ranges) <= most else [ranges[len(ranges) * number // most] for number in range(most)]


def _gaps(lines: Sequence[Line], length: float, beside: float = _BESIDE_S) -> list[tuple[float, float]]:
    gaps, at = [], 0.0
    for line in sorted(lines, key=lambda line: line.start):
        if line.start - beside > at:
            gaps.append((at, line.start - beside))
        at = max(at, line.end + beside)
    return [*gaps, (at, length)] if length > at else gaps


@dataclass(frozen=True)
class CheckInput:
    """A result and everything that it is checked against."""

    measurements: Measurements
    cues: Sequence[subtitles.Cue]
    thresholds: Thresholds
    expected_length: float | None = None  # of the trim, if there is no source to measure
    with_lips: bool = False

    @property
    def source(self) -> FileMeasures | None:
        """Measurements of the source, if available."""
        return self.measurements.source

    @property
    def comparison(self) -> Comparison | None:
        """The comparison of both, if available."""
        return self.measurements.comparison

    @property
    def sound(self) -> SoundMeasures | None:
        """Sound of the result."""
        return self.measurements.result.sound

    @property
    def picture(self) -> PictureMeasures | None:
        """Picture of the result."""
        return self.measurements.result.picture

    @property
    def source_sound(self) -> SoundMeasures | None:
        """Sound of the source."""
        return self.source.sound if self.source else None

    @property
    def source_picture(self) -> PictureMeasures | None:
        """Picture of the source."""
        return self.source.picture if self.source else None

    @cached_property
    def every_line(self) -> list[Line]:
        """All cues."""
        return lines_of(self.cues)[0]

    @cached_property
    def lines(self) -> list[Line]:
        """Cues in which something is said."""
        return lines_of(self.cues)[1]

    @cached_property
    def bed(self) -> float | None:
        """Level between the lines, in dB below full scale; None if it is silent there, or unknown."""
        return self._bed(self.sound)

    @cached_property
    def source_bed(self) -> float | None:
        """The same for the source."""
        return self._bed(self.source_sound)

    @cached_property
    def bed_is_loud(self) -> bool:
        """Whether the background between the source's lines is about as loud as the lines."""
        source = self.source_sound
        return source is not None and self.source_bed is not None and self._voice(source) > self.source_bed - 4

    @cached_property
    def voice_stands_out(self) -> bool:
        """Whether most lines of the result are clearly louder than the background between them."""
        sound = self.sound
        return sound is not None and self.bed is not None and self._voice(sound) <= self.bed - _STANDS_OUT

    def is_line(self, likeness: Likeness) -> bool:
        """Whether something is said in a place that was compared."""
        return any(line.holds(likeness) for line in self.lines)

    def loud(self, sound: SoundMeasures, start: float, end: float) -> float:
        """The level of the loud parts between two moments (seconds), in dB below full scale."""
        return _loud(sound.levels[round(max(0.0, start) * LEVELS_A_SECOND) : round(end * LEVELS_A_SECOND)])

    def _bed(self, sound: SoundMeasures | None) -> float | None:
        if sound is None or not self.every_line:
            return None
        between = b"".join(
            sound.levels[round(start * LEVELS_A_SECOND) : round(end * LEVELS_A_SECOND)]
            for start, end in _gaps(self.every_line, sound.ends)
        )
        if len(between) < _SHORTEST_GAPS_S * LEVELS_A_SECOND:
            return None
        middle = sorted(between)[len(between) // 2]
        return None if middle >= _BED else _loud(between)

    def _voice(self, sound: SoundMeasures) -> float:
        levels = sorted(self.loud(sound, line.start, line.end) for line in self.lines)
        return levels[len(levels) // 2] if levels else 96.0


def _loud(levels: bytes) -> float:
    """The level that only a tenth of the moments exceed."""
    return float(sorted(levels)[len(levels) // 10]) if levels else 96.0
