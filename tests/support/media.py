"""Small films and sounds, made when a test needs them."""

import math
import struct
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

RATE = 48_000


def make_film(
    path: Path,
    *,
    seconds: float = 2.0,
    video: str | None = "libx264",
    audio: str | None = "aac",
    size: tuple[int, int] = (64, 48),
    turned: int = 0,
    index_first: bool = True,
    cover: bool = False,
) -> Path:
    """Write a film of a moving grey with a tone, and give its path back; the suffix chooses the container.

    `turned` is how many degrees clockwise a player has to turn it; `cover` adds a picture that is no film.
    """
    options = {"movflags": "faststart"} if index_first and path.suffix in {".mp4", ".mov", ".m4a"} else {}
    with av.open(str(path), "w", options=options) as out:
        picture = _video_stream(out, video, size, turned) if video else None
        art = _cover_stream(out) if cover else None
        sound = _audio_stream(out, audio) if audio else None
        if art:
            out.mux([*art.encode(_grey((16, 16), 0, "yuvj420p")), *art.encode(None)])
        if picture:
            for number in range(round(seconds * 10)):
                out.mux(picture.encode(_grey(size, number, "yuv420p")))
            out.mux(picture.encode(None))
        if sound:
            for start in range(0, round(seconds * RATE), 1024):
                out.mux(sound.encode(_tone(start)))
            out.mux(sound.encode(None))
    return path


def _video_stream(out: OutputContainer, codec: str, size: tuple[int, int], turned: int) -> VideoStream:
    stream = out.add_stream(codec, rate=10)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    if turned:
        stream.set_display_rotation(-turned)
    return stream


def _audio_stream(out: OutputContainer, codec: str) -> AudioStream:
    stream = out.add_stream(codec, rate=RATE, layout="mono")
    assert isinstance(stream, AudioStream)
    return stream


def _cover_stream(out: OutputContainer) -> VideoStream:
    stream = out.add_stream("mjpeg")
    assert isinstance(stream, VideoStream)
    stream.width = stream.height = 16
    stream.pix_fmt = "yuvj420p"
    stream.disposition = Disposition.attached_pic
    return stream


def _grey(size: tuple[int, int], number: int, pixels: str) -> VideoFrame:
    frame = VideoFrame(*size, pixels)
    for plane in frame.planes:
        plane.update(bytes([(number * 7 + 90) % 255]) * plane.buffer_size)
    frame.pts = number
    return frame


def _tone(start: int) -> AudioFrame:
    frame = AudioFrame("s16", "mono", 1024)
    frame.sample_rate = RATE
    frame.pts = start
    samples = (int(8000 * math.sin((start + at) * 0.06)) for at in range(1024))
    frame.planes[0].update(b"".join(struct.pack("<h", sample) for sample in samples))
    return frame
