"""What is measured in a dubbed result and its source: plain numbers, judged elsewhere. All times are seconds.

Times count from the beginning of the result, and in the source from the beginning of the trim. Levels are
decibels below full scale; loudness is LUFS by EBU R128.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

LEVELS_A_SECOND = 50
"""How many levels are measured per second of sound."""
QUIETEST = 96
"""Level in dB below full scale from which on everything is silence."""
LONGEST_S = 4 * 3600.0
"""Longer videos are not measured."""
MOST_WINDOWS = 200
"""Maximum number of places at which the sound of two videos is compared."""

_MOST_SPANS = 2000
_MOST_CHANNELS = 64
_LARGEST = 2.0**53

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SoundMeasures:
    """The first sound track of a file. `loudness` is None if nothing is loud enough to count."""

    begins: float
    ends: float
    sample_rate: int
    channels: int
    layout: str
    loudness: float | None
    loudness_range: float
    true_peak: float  # dBTP
    flat_runs: int  # places where several samples in a row are at the maximum
    channel_levels: tuple[float, ...]  # dB
    mono_loss: float  # dB lost when two channels are mixed down to mono
    levels: bytes  # how far each fiftieth of a second is below full scale, in dB: 0 to 96


@dataclass(frozen=True, slots=True)
class PictureMeasures:
    """The picture of a file as it is shown: upright."""

    begins: float
    ends: float
    width: int
    height: int
    rate: float  # frames per second, on average
    steady: bool  # whether frames come at even intervals
    pixel_aspect: float
    black: tuple[Span, ...]
    still: tuple[Span, ...]  # hardly anything moves


@dataclass(frozen=True, slots=True)
class FileMeasures:
    """One file; None if it has no readable picture or sound."""

    picture: PictureMeasures | None
    sound: SoundMeasures | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two sounds are in one place (-1 to 1), with their overall difference in level and delay compensated."""

    start: float
    end: float
    correlation: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A result beside its source."""

    delay: float | None  # how much later the common sound comes in the result
    delays: tuple[tuple[float, float], ...]  # the same for some places: when, and by how much
    sounds: tuple[Likeness, ...]
    pictures: tuple[tuple[float, float], ...]  # when, and structural similarity (0 to 1)
    same_picture: bool  # the same encoded pictures


@dataclass(frozen=True, slots=True)
class Measurements:
    """A result, its source, and the comparison of both; None where there is no source at hand."""

    result: FileMeasures
    source: FileMeasures | None
    comparison: Comparison | None


def measured(answer: dict[str, Any]) -> Measurements:
    """The child's measurements, accepted only if they have the right shape. Raises ValueError."""
    try:
        source, comparison = answer["source"], answer["comparison"]
        return Measurements(
            _file(answer["result"]),
            None if source is None else _file(source),
            None if comparison is None else _comparison(comparison),
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError("not measurements") from error


def _file(answer: Any) -> FileMeasures:
    picture, sound = answer["picture"], answer["sound"]
    return FileMeasures(
        None if picture is None else _picture(picture),
        None if sound is None else _sound(sound),
    )


def _picture(answer: Any) -> PictureMeasures:
    return PictureMeasures(
        begins=_figure(answer["begins"]),
        ends=_figure(answer["ends"]),
        width=int(_figure(answer["width"], 0)),
        height=int(_figure(answer["height"], 0)),
        rate=_figure(answer["rate"], 0),
        steady=answer["steady"] is True,
        pixel_aspect=_figure(answer["pixel_aspect"], 0),
        black=_spans(answer["black"]),
        still=_spans(answer["still"]),
    )


def _sound(answer: Any) -> SoundMeasures:
    levels = bytes.fromhex(answer["levels"])
    if len(levels) > (LONGEST_S + 60) * LEVELS_A_SECOND:
        raise ValueError("too many levels")
    layout = answer["layout"]
    if not isinstance(layout, str):
        raise TypeError("not a text")
    loudness = answer["loudness"]
    return SoundMeasures(
        begins=_figure(answer["begins"]),
        ends=_figure(answer["ends"]),
        sample_rate=int(_figure(answer["sample_rate"], 0)),
        channels=int(_figure(answer["channels"], 0)),
        layout="".join(character for character in layout[:30] if character.isprintable()),
        loudness=None if loudness is None else _figure(loudness),
        loudness_range=_figure(answer["loudness_range"]),
        true_peak=_figure(answer["true_peak"]),
        flat_runs=int(_figure(answer["flat_runs"], 0)),
        channel_levels=tuple(_figure(level) for level in _list(answer["channel_levels"], _MOST_CHANNELS)),
        mono_loss=_figure(answer["mono_loss"]),
        levels=bytes(min(level, QUIETEST) for level in levels),
    )


def _comparison(answer: Any) -> Comparison:
    delay = answer["delay"]
    sounds = [(_figure(start), _figure(end), _figure(r, -1, 1)) for start, end, r in _list(answer["sounds"])]
    return Comparison(
        delay=None if delay is None else _figure(delay),
        delays=_pairs(answer["delays"]),
        sounds=tuple(Likeness(*likeness) for likeness in sounds),
        pictures=_pairs(answer["pictures"]),
        same_picture=answer["same_picture"] is True,
    )


def _spans(answer: Any) -> tuple[Span, ...]:
    return tuple(span for span in _pairs(answer) if span[0] <= span[1])


def _pairs(answer: Any) -> tuple[tuple[float, float], ...]:
    return tuple((_figure(first), _figure(second)) for first, second in _list(answer))


def _list(answer: Any, most: int = _MOST_SPANS) -> list[Any]:
    if not isinstance(answer, list) or len(answer) > most:
        raise ValueError("not such a list")
    return answer


def _figure(value: Any, least: float = -_LARGEST, most: float = _LARGEST) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("not a figure")
    if not least <= value <= most:
        raise ValueError("a figure that nothing has")
    return float(value)
