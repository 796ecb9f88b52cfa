"""A copy of a video that browsers play: upright, at most 720 lines, H.264 and AAC in MP4. Runs in the child.

It is for watching and listening, and is never dubbed from. Its timeline is the source's: the same moment shows the same
picture in both, whatever the source's clocks begin with.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
import av.filter
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from dubbing.media.description import clockwise
from dubbing.media.playability import is_plain_h264
from dubbing.media.poster_frames import TURNS
from dubbing.media.reader import Media, decoded, opened, pictures, starts_at, streams
from dubbing.media.written_tracks import CopiedPackets, EncodedSound, end_if_alone, stereo_aac

_HIGHEST, _WIDEST = 720, 1280
_CLOCK = Fraction(1, 90_000)
_SOUND_RATE = 128_000
# Frames that come faster than a screen shows them are dropped: slow motion from phones has 240 per second.
_CLOSEST = round(90_000 / 61)
# Streams that are copied have to be small enough to be sent while they are played.
_LARGEST_RATE = 12_000_000
_THREADS = 2
_X264 = {"preset": "veryfast", "crf": "24", "profile": "main", "maxrate": "3M", "bufsize": "6M"}
_KEY_FRAME_EVERY_S = 2


def copy(path: str, out: str) -> bool:
    """Write the copy. Returns False if there is no picture."""
    parent = os.getppid()
    with opened(os.path.abspath(path), "not_media") as source:
        video, _ = streams(source)
        if video is None:
            return False
        light = (source.bit_rate or _LARGEST_RATE + 1) <= _LARGEST_RATE
        if light and is_plain_h264(video):
            # Some containers hold streams that MP4 does not accept.
            with suppress(FFmpegError, ValueError):
                return _written(source, out, parent, None)
        first = next(pictures(source, video, 0.0), None)
        if first is None:
            return False
        size = _size(first, video.sample_aspect_ratio or Fraction(1))
    with opened(os.path.abspath(path), "not_media") as source:
        return _written(source, out, parent, size)


def _written(source: InputContainer, out: str, parent: int, size: tuple[int, int] | None) -> bool:
    """Write pictures of this size; None: those of the source as they are."""
    video, audio = streams(source)
    assert video
    with av.open(out, "w", format="mp4", options={"movflags": "+faststart"}) as target:
        zero = starts_at(source)
        picture = _Pictures(target, video, zero, size) if size else CopiedPackets(target, video, zero)
        sound = None
        if audio and audio.codec_context:
            sound = EncodedSound(target, zero, stereo_aac(_SOUND_RATE, "fast"))
        for number, packet in enumerate(_read(source, [stream for stream in (video, audio) if stream])):
            if number % 100 == 0:
                end_if_alone(parent, out)
            if packet.stream is video:
                target.mux(list(picture.take(packet)))
            elif sound:
                target.mux(list(sound.take(packet)))
        target.mux(picture.end())
        if sound:
            target.mux(sound.end())
    return picture.count > 0


def _read(source: InputContainer, wanted: list[Media]) -> Iterator[Packet[Any]]:
    """All packets that can be read."""
    with suppress(FFmpegError):
        yield from source.demux(wanted)


class _Pictures:
    """Re-encodes pictures."""

    def __init__(self, target: OutputContainer, video: VideoStream, zero: float, size: tuple[int, int]) -> None:
        rate = min(Fraction(60), max(Fraction(1), video.average_rate or video.guessed_rate or Fraction(25)))
        gop = {"g": str(round(rate * _KEY_FRAME_EVERY_S))}
        stream = target.add_stream("libx264", rate=rate.limit_denominator(1001), options=_X264 | gop)
        assert isinstance(stream, VideoStream)
        self.stream, self.zero, self.size = stream, zero, size
        self.shape: tuple[object, ...] = ()
        self.graph = av.filter.Graph()
        self.last, self.count = -_CLOSEST, 0
        self.stream.codec_context.time_base = _CLOCK
        self.stream.codec_context.thread_count = _THREADS
        self.stream.pix_fmt = "yuv420p"
        self.stream.width, self.stream.height = size
        video.codec_context.thread_count = _THREADS
        video.codec_context.thread_type = "AUTO"

    def take(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        for frame in decoded(packet):
            at = round(((frame.time or 0.0) - self.zero) / _CLOCK)
            if frame.time is None or at < 0 or at - self.last < _CLOSEST:
                continue
            self.last, self.count = at, self.count + 1
            yield from self.stream.encode(self._fitted(frame, at))

    def end(self) -> list[Packet[Any]]:
        return self.stream.encode(None) if self.count else []

    def _fitted(self, frame: VideoFrame, at: int) -> VideoFrame:
        shape = (frame.width, frame.height, frame.format.name)
        if shape != self.shape:
            self.shape, self.graph = shape, self._graph(frame)
        frame.pts, frame.time_base = at, _CLOCK
        self.graph.vpush(frame)
        fitted = self.graph.vpull()
        fitted.pts, fitted.time_base = at, _CLOCK
        # Left alone, the encoder would keep the source's key frames in addition to its own.
        fitted.pict_type = 0
        return fitted

    def _graph(self, frame: VideoFrame) -> av.filter.Graph:
        size = f"scale={self.size[0]}:{self.size[1]}"
        graph = av.filter.Graph()
        node = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_CLOCK)
        for step in [*TURNS.get(clockwise(frame), []), size, "setsar=1", "format=yuv420p", "buffersink"]:
            name, _, arguments = step.partition("=")
            following = graph.add(name, arguments or None)
            node.link_to(following)
            node = following
        graph.configure()
        return graph


def _size(frame: VideoFrame, pixel_shape: Fraction) -> tuple[int, int]:
    width, height = frame.width * pixel_shape, Fraction(frame.height)
    if clockwise(frame) % 180:
        width, height = height, width
    factor = min(Fraction(1), _HIGHEST / height, _WIDEST / width)
    return max(2, round(width * factor / 2) * 2), max(2, round(height * factor / 2) * 2)
