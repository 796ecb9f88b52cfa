"""The witness's dub: the trimmed picture with a tone where the voices were. 30 fps, 44.1 kHz mono, index at the end."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

FPS, RATE, LONGER = 30, 44_100, 0.2


class Unfit(Exception):
    """The source cannot be dubbed: carries a code and words."""

    def __init__(self, code: str, words: str) -> None:
        self.code, self.words = code, words
        super().__init__(code)


def length(path: Path) -> float:
    """Seconds of a film with picture and sound. Raises Unfit."""
    try:
        with av.open(str(path)) as film:
            if not film.streams.video:
                raise Unfit("unsupported_media", "We could not find a picture in there.")
            if not film.streams.audio:
                raise Unfit("missing_audio_track", "Nobody can be heard: there is no audio track.")
            return float(film.duration or 0) / av.time_base
    except av.error.FFmpegError as error:
        raise Unfit("unsupported_media", f"Not a film: {error.strerror}") from None


def dub(source: Path, out: Path, *, start: float, end: float, pitch: float) -> None:
    """Write the film of ``source`` between two moments to ``out``, a fifth of a second longer than asked."""
    seconds = end - start + LONGER
    with av.open(str(source)) as film, av.open(str(out), "w", format="mp4") as result:
        shape = film.streams.video[0]
        picture = result.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "35"})
        sound = result.add_stream("aac", rate=RATE, layout="mono")
        assert isinstance(picture, VideoStream)
        assert isinstance(sound, AudioStream)
        picture.width, picture.height, picture.pix_fmt = shape.width // 2 * 2, shape.height // 2 * 2, "yuv420p"
        for frame in _pictures(film.decode(shape), start, round(seconds * FPS)):
            result.mux(picture.encode(frame.reformat(picture.width, picture.height, "yuv420p")))
        result.mux(picture.encode(None))
        for at in range(0, round(seconds * RATE), 1024):
            result.mux(sound.encode(_tone(at, pitch)))
        result.mux(sound.encode(None))


def _pictures(frames: Iterator[VideoFrame], start: float, count: int) -> Iterator[VideoFrame]:
    """One picture for each thirtieth of a second: the last one that was there by then."""
    now, coming = next(frames), next(frames, None)
    for number in range(count):
        while coming is not None and (coming.time or 0) <= start + number / FPS:
            now, coming = coming, next(frames, None)
        now.pts, now.time_base = number, Fraction(1, FPS)
        yield now


def _tone(at: int, pitch: float) -> AudioFrame:
    frame = AudioFrame("s16", "mono", 1024)
    frame.sample_rate, frame.pts = RATE, at
    wave = (int(9000 * math.sin(2 * math.pi * pitch * (at + step) / RATE)) for step in range(1024))
    frame.planes[0].update(array("h", wave).tobytes())
    return frame
