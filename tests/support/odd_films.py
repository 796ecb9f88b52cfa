"""Films as phones, cameras and editors make them: turned, uneven, many tracks, strange formats. All flash and beep."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

RATE = 48_000
FLASH = (1.0, 1.4)
CLOCK = Fraction(1, 90_000)


def make_odd_film(
    path: Path,
    *,
    seconds: float = 3.0,
    video: str = "libx264",
    audio: str = "aac",
    pixels: str = "yuv420p",
    size: tuple[int, int] = (96, 64),
    turned: int = 0,
    layout: str = "mono",
    sound_from: float = 0.0,
    moments: list[float] | None = None,
    languages: tuple[str, ...] = ("",),
    volume: int = 9000,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a dark film that is white from second 1 to 1.4, with a beep at the same time, and give its path back.

    ``moments`` are the times of its pictures (25 a second without); ``languages`` has one audio track for each.
    """
    with av.open(str(path), "w") as out:
        pictures = _pictures(out, video, pixels, size, turned, options or {})
        sounds = [_sound(out, audio, layout, language) for language in languages]
        for at in moments or [number / 25 for number in range(round(seconds * 25))]:
            out.mux(pictures.encode(_picture(size, at)))
        out.mux(pictures.encode(None))
        for sound in sounds:
            _speak(out, sound, seconds, sound_from, volume)
    return path


def uneven_moments(seconds: float) -> list[float]:
    """The times of pictures of a recording of a screen: many where something moves, few where nothing does."""
    found, at = [], 0.0
    while at < seconds:
        found.append(round(at, 3))
        at += 0.02 if int(at * 2) % 2 else 0.1
    return found


def first_flash(path: Path) -> float:
    """When the first white picture is shown, counted from the beginning of the file."""
    with av.open(str(path)) as film:
        zero = (film.start_time or 0) / av.time_base
        for frame in film.decode(video=0):
            if bytes(frame.reformat(format="gray").planes[0])[0] > 150:
                return float(frame.time or 0) - zero
    raise AssertionError("it never flashes")


def first_beep(path: Path) -> float:
    """When the first loud sample is heard, counted from the beginning of the file."""
    with av.open(str(path)) as film:
        zero = (film.start_time or 0) / av.time_base
        resampler = av.AudioResampler(format="s16", layout="mono")
        for frame in film.decode(audio=0):
            for piece in resampler.resample(frame):
                samples = array("h", bytes(piece.planes[0])[: piece.samples * 2])
                for number, sample in enumerate(samples):
                    if abs(sample) > 2000:
                        return float(piece.time or 0) + number / piece.sample_rate - zero
    raise AssertionError("it never beeps")


def _pictures(
    out: OutputContainer, codec: str, pixels: str, size: tuple[int, int], turned: int, options: dict[str, str]
) -> VideoStream:
    stream = out.add_stream(codec, rate=25, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = size
    stream.pix_fmt = pixels
    stream.codec_context.time_base = CLOCK
    if turned:
        stream.set_display_rotation(-turned)
    return stream


def _sound(out: OutputContainer, codec: str, layout: str, language: str) -> AudioStream:
    stream = out.add_stream(codec, rate=RATE, layout=layout)
    assert isinstance(stream, AudioStream)
    if language:
        stream.metadata["language"] = language
    return stream


def _picture(size: tuple[int, int], at: float) -> VideoFrame:
    frame = VideoFrame(*size, "yuv420p")
    shades = [235 if FLASH[0] - 0.001 <= at < FLASH[1] else 40, 128, 128]
    for plane, shade in zip(frame.planes, shades, strict=True):
        plane.update(bytes([shade]) * plane.buffer_size)
    frame.pts, frame.time_base = round(at / CLOCK), CLOCK
    return frame


def _speak(out: OutputContainer, stream: AudioStream, seconds: float, begin: float, volume: int) -> None:
    resampler = av.AudioResampler(
        format=stream.format, layout=stream.layout, rate=RATE, frame_size=stream.codec_context.frame_size or 1024
    )
    for start in range(round(begin * RATE), round(seconds * RATE), 1024):
        for piece in resampler.resample(_tone(start, volume)):
            out.mux(stream.encode(piece))
    for piece in resampler.resample(None):
        out.mux(stream.encode(piece))
    out.mux(stream.encode(None))


def _tone(start: int, volume: int) -> AudioFrame:
    frame = AudioFrame("s16", "mono", 1024)
    frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
    loud: Any = (
        int(volume * math.sin(at * 0.06)) if FLASH[0] <= at / RATE < FLASH[1] else 0
        for at in range(start, start + 1024)
    )
    frame.planes[0].update(array("h", loud).tobytes())
    return frame
