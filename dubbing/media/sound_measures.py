"""Measure the sound of a video: loudness, peaks, levels, and samples at some places. Runs in the child.

Loudness and true peak are those of FFmpeg's `ebur128`. All times are seconds.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from operator import mul
from typing import Any

import av.filter
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import BlockingIOError as Hungry
from av.error import EOFError as Drained

from dubbing.media.measurements import LEVELS_A_SECOND, LONGEST_S, QUIETEST

WINDOW_RATE = 4000
"""Samples per second at the places that are compared."""

_LEVEL_RATE = 8000
_STEP = _LEVEL_RATE // LEVELS_A_SECOND
_FULL = 32768.0
# This many samples in a row at the maximum are no natural wave.
_FLAT, _FLAT_RUN = 0.999, 4
# Frames whose times jump by no more than this are consecutive: clocks of containers are coarse.
_JITTER_S = 0.04
_INAUDIBLE_LUFS = -70.0


class SoundMeter:
    """Takes the frames of one sound track in order, between two moments of its file."""

    def __init__(self, zero: float, length: float, windows: Sequence[tuple[float, float]]) -> None:
        self.zero, self.length = zero, min(length, LONGEST_S)
        self.begins, self.ends = math.inf, -math.inf
        self.first: AudioFrame | None = None
        self.loudness: _Loudness | None = None
        self.levels = _Levels()
        self.places = [_Place(start, end) for start, end in windows]
        self._shape: tuple[object, ...] = ()
        self._exact, self._low, self._mono = AudioResampler(), AudioResampler(), AudioResampler()
        self._mono_at = 0.0

    def take(self, frame: AudioFrame) -> None:
        """Measure a frame, unless it is outside the range."""
        at = (frame.time or 0.0) - self.zero
        lasts = frame.samples / frame.sample_rate
        if frame.pts is None or at + lasts / 2 < 0 or at + lasts / 2 > self.length:
            return
        self.begins, self.ends = min(self.begins, at), max(self.ends, at + lasts)
        self._prepare(frame, at)
        assert self.loudness
        for low in self._low.resample(frame):
            self.levels.take(low, at)
        for mono in self._mono.resample(frame):
            self._sample(mono)
        for exact in self._exact.resample(frame):
            self.loudness.take(exact)

    def figures(self) -> dict[str, Any] | None:
        """All measurements; None if there was no sound."""
        if self.first is None or self.loudness is None:
            return None
        for low in self._low.resample(None):
            self.levels.take(low, self.ends)
        return {
            "begins": round(self.begins, 4),
            "ends": round(self.ends, 4),
            "sample_rate": self.first.sample_rate,
            "channels": self.first.layout.nb_channels,
            "layout": self.first.layout.name,
            **self.loudness.figures(),
            **self.levels.figures(),
        }

    def _prepare(self, frame: AudioFrame, at: float) -> None:
        """Set up for the frame's format: sound that changes its format is measured in the one it began with."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape == self._shape:
            return
        self._shape = shape
        if self.first is None:
            self.first, self.loudness = frame, _Loudness(frame)
        layout = self.first.layout.name
        self._exact = AudioResampler(format="dbl", layout=layout, rate=self.first.sample_rate)
        self._low = AudioResampler(format="s16", layout=layout, rate=_LEVEL_RATE)
        self._mono = AudioResampler(format="s16", layout="mono", rate=WINDOW_RATE)
        self._mono_at = at

    def _sample(self, mono: AudioFrame) -> None:
        at, lasts = self._mono_at, mono.samples / WINDOW_RATE
        stamped = (mono.time or 0.0) - self.zero
        if abs(stamped - at) > _JITTER_S:
            at = stamped
        for place in self.places:
            if place.start < at + lasts and at < place.end:
                place.take(at, _samples(mono))
        self._mono_at = at + lasts


class _Place:
    """The samples between two moments."""

    def __init__(self, start: float, end: float) -> None:
        self.start, self.end = start, end
        self.samples = array("h", bytes(2 * max(0, round((end - start) * WINDOW_RATE))))

    def take(self, at: float, samples: array[int]) -> None:
        offset = round((at - self.start) * WINDOW_RATE)
        first, last = max(0, -offset), min(len(samples), len(self.samples) - offset)
        if last > first:
            self.samples[offset + first : offset + last] = samples[first:last]


class _Loudness:
    """Programme loudness, its range and the true peak, measured by FFmpeg."""

    def __init__(self, first: AudioFrame) -> None:
        self.channels = first.layout.nb_channels
        self.latest: dict[str, str] = {}
        self.flat_runs = 0
        self.rate, self.pushed = first.sample_rate, 0
        self.graph = av.filter.Graph()
        node = self.graph.add_abuffer(
            sample_rate=first.sample_rate, format="dbl", layout=first.layout, time_base=Fraction(1, first.sample_rate)
        )
        # A single channel is played on two loudspeakers, and is compared with stereo sound.
        single = ":dualmono=true" if self.channels == 1 else ""
        for name, arguments in (("ebur128", f"metadata=1:peak=true+sample{single}"), ("abuffersink", None)):
            following = self.graph.add(name, arguments)
            node.link_to(following)
            node = following
        self.graph.configure()

    def take(self, frame: AudioFrame) -> None:
        frame.pts, frame.time_base = self.pushed, Fraction(1, self.rate)
        self.pushed += frame.samples
        self.graph.push(frame)
        self._read()

    def figures(self) -> dict[str, Any]:
        self.graph.push(None)
        self._read()
        loudness = _number(self.latest.get("lavfi.r128.I"), _INAUDIBLE_LUFS)
        peaks = [_number(value, 0.0) for name, value in self.latest.items() if name.startswith(_TRUE_PEAK)]
        return {
            "loudness": None if loudness <= _INAUDIBLE_LUFS else round(loudness, 2),
            "loudness_range": round(_number(self.latest.get("lavfi.r128.LRA"), 0.0), 2),
            "true_peak": round(_decibels(max(peaks, default=0.0)), 2),
            "flat_runs": self.flat_runs,
        }

    def _read(self) -> None:
        with suppress(Hungry, Drained):
            while True:
                frame = self.graph.pull()
                assert isinstance(frame, AudioFrame)
                self.latest |= frame.metadata
                if self._loudest() >= _FLAT:
                    self._count_flat(frame)

    def _loudest(self) -> float:
        return max(
            (_number(value, 0.0) for name, value in self.latest.items() if name.startswith(_SAMPLE_PEAK)), default=0.0
        )

    def _count_flat(self, frame: AudioFrame) -> None:
        samples = array("d", bytes(frame.planes[0])[: frame.samples * 8 * self.channels])
        if max(max(samples), -min(samples)) < _FLAT:
            return
        for channel in range(self.channels):
            run = 0
            for sample in samples[channel :: self.channels]:
                run = run + 1 if abs(sample) >= _FLAT else 0
                self.flat_runs += run == _FLAT_RUN


_TRUE_PEAK, _SAMPLE_PEAK = "lavfi.r128.true_peaks_ch", "lavfi.r128.sample_peaks_ch"


class _Levels:
    """The level of each fiftieth of a second, in its loudest channel, and of each channel overall."""

    def __init__(self) -> None:
        self.levels = bytearray()
        self.energies: list[float] = []
        self.common, self.count = 0.0, 0
        self.rest: array[int] = array("h")
        self.at = 0.0  # where the remainder begins

    def take(self, low: AudioFrame, stamped: float) -> None:
        channels = low.layout.nb_channels
        self.energies = self.energies or [0.0] * channels
        after = self.at + len(self.rest) / channels / _LEVEL_RATE
        if abs(stamped - after) > 2 * _JITTER_S:
            self.rest, self.at = array("h"), max(0.0, stamped)
        self.rest.extend(_samples(low))
        width = _STEP * channels
        used = 0
        while used + width <= len(self.rest):
            self._note([self.rest[used + channel : used + width : channels] for channel in range(channels)])
            used += width
            self.at += _STEP / _LEVEL_RATE
        self.rest = self.rest[used:]

    def figures(self) -> dict[str, Any]:
        most = max(self.energies, default=0.0)
        stereo = len(self.energies) == 2 and most > 0
        both = max(0.0, sum(self.energies) + 2 * self.common) / 4 if stereo else most
        return {
            "channel_levels": [round(self._mean(energy), 1) for energy in self.energies],
            "mono_loss": round(self._mean(most) - self._mean(both), 1) if stereo else 0.0,
            "levels": self.levels.hex(),
        }

    def _note(self, channels: list[array[int]]) -> None:
        energies = [float(sum(map(mul, samples, samples))) for samples in channels]
        for number, energy in enumerate(energies):
            self.energies[number] += energy
        if len(channels) == 2:
            self.common += sum(map(mul, *channels))
        self.count += _STEP
        step = round(self.at * LEVELS_A_SECOND)
        if step >= LONGEST_S * LEVELS_A_SECOND:
            return
        if step > len(self.levels):
            self.levels.extend([QUIETEST] * (step - len(self.levels)))
        level = round(-_decibels(math.sqrt(max(energies) / _STEP) / _FULL))
        self.levels[step : step + 1] = bytes([min(QUIETEST, max(0, level))])

    def _mean(self, energy: float) -> float:
        return _decibels(math.sqrt(energy / max(1, self.count)) / _FULL)


def _samples(frame: AudioFrame) -> array[int]:
    return array("h", bytes(frame.planes[0])[: frame.samples * 2 * frame.layout.nb_channels])


def _decibels(amplitude: float) -> float:
    return 20 * math.log10(amplitude) if amplitude > 10 ** (-QUIETEST / 20) else -float(QUIETEST)


def _number(value: str | None, otherwise: float) -> float:
    try:
        number = float(value or "nan")
    except ValueError:
        return otherwise
    return number if math.isfinite(number) else otherwise
