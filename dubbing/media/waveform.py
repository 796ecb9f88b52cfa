"""Measure the loudness of a file over time. Runs in the child."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard

from dubbing.media.reader import Refused, decoded, file_ends_at, opened, packets, starts_at, streams

RATE = 8000
STEP = 800  # samples: ten values per second
LONGEST_S = 600
# The last two of 16 bits: an encoder's dither on silence, which nobody hears.
_SILENCE = 3
_SILENCE_CPU_S = 8.0
_LOUDEST = 32768
_MOST_PEAKS = 12_000
_LONGEST_FILM_S = 24 * 3600


def loudness(path: str) -> list[int]:
    """Mean amplitude (0 to 32767) of each tenth of a second, for the first ten minutes. Raises Refused."""
    with opened(path, "not_media") as container:
        _, audio = streams(container)
        if audio is None:
            return []
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        samples: array[int] = array("h")
        for frame in container.decode(audio):
            for piece in resampler.resample(frame):
                samples.frombytes(_bytes(piece))
            if len(samples) >= LONGEST_S * RATE:
                break
    return [_mean(samples[at : at + STEP]) for at in range(0, min(len(samples), LONGEST_S * RATE), STEP)]


def is_silent(container: InputContainer, audio: AudioStream) -> bool:
    """Whether nothing can be heard from beginning to end. If that takes too long to determine, False."""
    enough = time.process_time() + _SILENCE_CPU_S
    for piece in _pieces(container, audio):
        if _peak(array("h", _bytes(piece))) > _SILENCE or time.process_time() > enough:
            return False
    return True


def peaks(path: str) -> dict[str, object]:
    """The peak amplitude (0 to 1000) in equal parts of the video, ten per second or fewer. Raises Refused."""
    with opened(path, "not_media") as container:
        _, audio = streams(container)
        if audio is None:
            raise Refused("no_audio")
        for stream in container.streams:
            if stream is not audio:
                stream.discard = Discard.all
        duration = file_ends_at(container) - starts_at(container)
        tenths = _tenths(container, audio, round(min(duration, _LONGEST_FILM_S) * RATE / STEP))
    width = -(-len(tenths) // _MOST_PEAKS)
    wide = [max(tenths[at : at + width]) for at in range(0, len(tenths), width)] if tenths else []
    # The last part may be shorter than the others: the total assumes that all have full length.
    return {"duration": len(wide) * width * STEP / RATE, "peaks": [round(value * 1000 / _LOUDEST) for value in wide]}


def _tenths(container: InputContainer, audio: AudioStream, expected: int) -> array[int]:
    """The loudest sample of each tenth of a second from the beginning of the video, whenever its sound begins."""
    loudest = array("H", bytes(2 * expected))
    zero = starts_at(container)
    for piece in _pieces(container, audio):
        _note(loudest, piece, zero)
    return loudest


def _pieces(container: InputContainer, audio: AudioStream) -> Iterator[AudioFrame]:
    """The whole sound, in stereo at a low rate. Its format may change in the middle, as in television recordings."""
    shape, resampler = None, AudioResampler()
    for packet in packets(container, audio, 0.0):
        for frame in decoded(packet):
            if shape != (shape := (frame.format.name, frame.layout.name, frame.sample_rate)):
                resampler = AudioResampler(format="s16", layout="stereo", rate=RATE)
            yield from resampler.resample(frame)


def _note(loudest: array[int], piece: AudioFrame, zero: float) -> None:
    at = max(0, round(((piece.time or 0.0) - zero) * RATE))
    samples = array("h", _bytes(piece))
    while samples:
        tenth, room = at // STEP, 2 * (STEP - at % STEP)
        if tenth >= _LONGEST_FILM_S * RATE // STEP:
            return
        if tenth >= len(loudest):
            loudest.extend([0] * (tenth + 1 - len(loudest)))
        loudest[tenth] = max(loudest[tenth], _peak(samples[:room]))
        samples, at = samples[room:], (tenth + 1) * STEP


def _bytes(piece: AudioFrame) -> bytes:
    return bytes(piece.planes[0])[: piece.samples * 2 * piece.layout.nb_channels]


def _peak(samples: array[int]) -> int:
    return max(max(samples), -min(samples)) if samples else 0


def _mean(samples: array[int]) -> int:
    return sum(map(abs, samples)) // len(samples)
