"""Extract one frame of a video, upright and small. All times are seconds."""

import os
import time
from fractions import Fraction
from typing import cast

import av
import av.filter
from av.codec import CodecContext
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from dubbing.media.description import clockwise
from dubbing.media.reader import opened, pictures, starts_at, streams

_WIDEST = 640
# Where key frames are rare, an earlier picture in time is better than the right one too late.
_SEARCH_CPU_S = 8.0
TURNS = {90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
_JPEG = ("mjpeg", "yuvj420p", {"qmin": "2", "qmax": "4"})
_ENCODERS: dict[str, tuple[str, str, dict[str, str]]] = {
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": ("png", "rgb24", {}),
    ".webp": ("libwebp", "yuv420p", {}),
}


def poster(path: str, out: str, at: float) -> bool:
    """Write the picture at `at`, or the last one before it. Returns False if there is none."""
    with opened(os.path.abspath(path), "not_media") as container:
        video, _ = streams(container)
        frame = _picture_at(container, video, starts_at(container) + max(0.0, at)) if video else None
        if video and not frame:
            # Some containers seek to a place that no key frame follows.
            frame = _picture_at(container, video, 0.0)
        if video is None or frame is None:
            return False
        picture = _scaled(frame, video.sample_aspect_ratio or Fraction(1), os.path.splitext(out)[1].lower())
    with open(out, "wb") as file:
        file.write(picture)
    return True


def _picture_at(container: InputContainer, video: VideoStream, at: float) -> VideoFrame | None:
    latest = None
    for frame in pictures(container, video, at):
        if latest is not None and ((frame.time or 0.0) > at or time.process_time() > _SEARCH_CPU_S):
            break
        latest = frame
    return latest


def _scaled(frame: VideoFrame, pixel_shape: Fraction, suffix: str) -> bytes:
    encoder, pixels, options = _ENCODERS[suffix]
    turn = clockwise(frame)
    width, height = _size(frame.width * pixel_shape, Fraction(frame.height), turned=turn % 180 != 0)
    upright = _filtered(frame, [*TURNS.get(turn, []), f"scale={width}:{height}", "setsar=1", f"format={pixels}"])
    context = cast(VideoCodecContext, CodecContext.create(encoder, "w"))
    context.width, context.height, context.pix_fmt = width, height, pixels
    context.time_base, context.options, upright.pts = Fraction(1, 25), options, 0
    return b"".join(bytes(packet) for packet in [*context.encode(upright), *context.encode(None)])


def _size(width: Fraction, height: Fraction, *, turned: bool) -> tuple[int, int]:
    if turned:
        width, height = height, width
    factor = min(Fraction(1), _WIDEST / width)
    # Pictures with subsampled colour need even sides.
    return max(2, round(width * factor / 2) * 2), max(2, round(height * factor / 2) * 2)


def _filtered(frame: VideoFrame, steps: list[str]) -> VideoFrame:
    graph = av.filter.Graph()
    node = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 25)
    )
    for step in [*steps, "buffersink"]:
        name, _, arguments = step.partition("=")
        following = graph.add(name, arguments or None)
        node.link_to(following)
        node = following
    graph.configure()
    graph.vpush(frame)
    graph.vpush(None)
    return graph.vpull()
