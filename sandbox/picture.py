"""The picture of the dub: copied when it can be, else cut to the frame and encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from sandbox.media import go_to

_TURNS = {
    90: ["cclock"],
    -270: ["cclock"],
    180: ["clock", "clock"],
    -180: ["clock", "clock"],
    -90: ["clock"],
    270: ["clock"],
}


def may_copy(stream: VideoStream) -> bool:
    """Only what every browser plays is copied."""
    return stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"


def copied(source: InputContainer, stream: VideoStream, movie: OutputContainer) -> Iterator[Packet[Any]]:
    """The packets as they are, starting at zero."""
    target = movie.add_stream_from_template(stream)
    assert stream.time_base
    zero = round((source.start_time or 0) / av.time_base / stream.time_base)
    return _shifted(source, stream, target, zero)


def _shifted(source: InputContainer, stream: VideoStream, target: VideoStream, zero: int) -> Iterator[Packet[Any]]:
    for packet in source.demux(stream):
        if packet.dts is None:
            continue
        packet.dts -= zero
        packet.pts = None if packet.pts is None else packet.pts - zero
        packet.stream = target
        yield packet


def encoded(
    source: InputContainer, stream: VideoStream, movie: OutputContainer, start: float, end: float
) -> Iterator[Packet[Any]]:
    """The frames from `start` to `end`, upright, as H.264."""
    frames = _upright(_between(source, stream, start, end), stream)
    first = next(frames)
    rate = stream.average_rate or stream.guessed_rate or 25
    target = movie.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "24"})
    target.width, target.height, target.pix_fmt = first.width, first.height, "yuv420p"
    assert stream.time_base
    target.codec_context.time_base = stream.time_base
    target.codec_context.thread_count = 2
    return _compressed(first, frames, target)


def _compressed(first: VideoFrame, frames: Iterator[VideoFrame], target: VideoStream) -> Iterator[Packet[Any]]:
    yield from target.encode(first)
    for frame in frames:
        yield from target.encode(frame)
    yield from target.encode(None)


def _between(source: InputContainer, stream: VideoStream, start: float, end: float) -> Iterator[VideoFrame]:
    """Frames shown inside the trim, with the clock set to zero at its start."""
    assert stream.time_base
    zero = (source.start_time or 0) / av.time_base
    half = float(1 / (stream.average_rate or 25)) / 2
    go_to(source, start)
    shift = round((start + zero) / stream.time_base)
    last = -1
    for frame in source.decode(stream):
        if frame.pts is None:
            continue
        at = float(frame.pts * stream.time_base) - zero
        if at >= end - half:
            return
        if at >= start - half:
            frame.pts = last = max(frame.pts - shift, last + 1, 0)
            frame.time_base = stream.time_base
            yield frame


def _upright(frames: Iterator[VideoFrame], stream: VideoStream) -> Iterator[VideoFrame]:
    """Turn, make the sides even, and use the common pixel format."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = _graph(frame, stream)
        graph.vpush(frame)
        turned = graph.vpull()
        turned.pict_type = av.video.frame.PictureType.NONE
        yield turned


def _graph(frame: VideoFrame, stream: VideoStream) -> Graph:
    graph = Graph()
    node = graph.add_buffer(template=stream)
    steps = [("transpose", f"dir={way}") for way in _TURNS.get(round(frame.rotation), [])]
    steps += [("scale", "trunc(iw/2)*2:trunc(ih/2)*2"), ("format", "pix_fmts=yuv420p"), ("buffersink", "")]
    for name, arguments in steps:
        following = graph.add(name, arguments)
        node.link_to(following)
        node = following
    graph.configure()
    return graph
