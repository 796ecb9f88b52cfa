"""Listening to a film: how loud it is, and where."""

import math
from array import array
from pathlib import Path
from statistics import median

import av


def samples(path: Path) -> "array[int]":
    """The sound as mono, 16,000 samples a second."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=16000)
    wave = array("h")
    with av.open(str(path)) as film:
        for frame in film.decode(audio=0):
            for piece in resampler.resample(frame):
                wave.frombytes(bytes(piece.planes[0])[: piece.samples * 2])
    return wave


def loudness(path: Path, rate: int = 100) -> list[float]:
    """Mean level, `rate` times a second."""
    wave = samples(path)
    step = 16000 // rate
    return [sum(map(abs, wave[at : at + step])) / step for at in range(0, len(wave) - step, step)]


def pitch(path: Path, start: float) -> float:
    """The height of a voice: the median over six short windows, since any one of them may take a harmonic for it."""
    wave, first = samples(path), int(start * 16000)
    return median(_repetition(wave[first + number * 800 : first + number * 800 + 870]) for number in range(6))


def _repetition(part: "array[int]") -> float:
    """The strongest repetition per second."""

    def likeness(lag: int) -> float:
        energy = sum(part[at + lag] ** 2 for at in range(0, 640, 2)) or 1
        return sum(part[at] * part[at + lag] for at in range(0, 640, 2)) / math.sqrt(energy)

    return 16000 / max(range(50, 230), key=likeness)


def lengths(path: Path) -> tuple[float, float, float]:
    """Seconds of the file, its picture and its sound."""
    with av.open(str(path)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert film.duration
        return film.duration / av.time_base, _seconds(picture), _seconds(sound)


def _seconds(stream: av.VideoStream | av.AudioStream) -> float:
    assert stream.duration
    assert stream.time_base
    return float(stream.duration * stream.time_base)
