"""Making the dub: speech over the lowered original sound, with the picture, as an MP4 that plays everywhere."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet

from sandbox import script
from sandbox.damage import damage
from sandbox.media import go_to, length_of, open_media, video_of
from sandbox.picture import copied, encoded, may_copy
from sandbox.speech import Manner

_RATE = 48000
_FORM = f"sample_fmts=fltp:sample_rates={_RATE}:channel_layouts=stereo"
_DUCK = "threshold=0.015:ratio=14:attack=15:release=350"


@dataclass(frozen=True)
class Order:
    """One dub to make. Files are paths; times are seconds of the source."""

    source: str
    result: str
    locale: str
    background: str | None = None
    srt: str | None = None
    source_srt: str | None = None
    start: float = 0.0
    end: float | None = None
    lips: str = "no_lips"
    lips_model: str = "real_face"
    anonymization: float = 0.0
    voice: str = ""
    speed: float = 1.0
    maker: str = "Panjaya"
    damage: str = "none"
    about: str = ""

    @property
    def comment(self) -> str:
        """What the file says about itself."""
        studio = f"lips={self.lips}; lips_model={self.lips_model}; voice_anonymization={self.anonymization}"
        start = f"Sandbox dub with a synthetic voice, not made by {self.maker}; locale={self.locale}"
        return f"{start}; {self.about or studio}"


def dub(order: Order) -> None:
    """Make the finished file. It appears under its name only when it is complete."""
    result = Path(order.result)
    part, voice = result.with_suffix(".part"), result.with_suffix(".wav")
    with open_media(Path(order.source)) as source:
        duration = length_of(source)
    end = duration if order.end is None else min(order.end, duration)
    length = end - order.start
    lines = script.plan(order.locale, order.srt, order.source_srt, order.start, length)
    try:
        script.record(lines, order.locale, Manner(order.anonymization, order.voice, order.speed), length, voice)
        _write(order, part, voice, end, whole=order.start == 0 and end == duration)
        if order.damage != "none":
            spoken = [(line.at, line.at + line.room) for line in lines]
            damage(part, Path(order.source), order.damage, lines=spoken, start=order.start, length=length)
        part.replace(result)
    finally:
        part.unlink(missing_ok=True)
        voice.unlink(missing_ok=True)


def _write(order: Order, part: Path, voice: Path, end: float, *, whole: bool) -> None:
    with ExitStack() as stack:
        source, bed, speech = (
            stack.enter_context(open_media(Path(path)))
            for path in (order.source, order.background or order.source, voice)
        )
        movie = stack.enter_context(av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}))
        movie.metadata["comment"] = order.comment
        movie.metadata["title"] = f"Sandbox dub {order.locale}"
        stream = video_of(source)
        if whole and may_copy(stream):
            pictures = copied(source, stream, movie)
        else:
            pictures = encoded(source, stream, movie, order.start, end)
        sound = _sound(bed, speech, movie, order.start, end)
        for packet in heapq.merge(pictures, sound, key=_when):
            movie.mux(packet)


def _when(packet: Packet[Any]) -> Fraction:
    return Fraction(packet.dts or 0) * packet.time_base


def _sound(
    bed: InputContainer, speech: InputContainer, movie: OutputContainer, start: float, end: float
) -> Iterator[Packet[Any]]:
    encoder = movie.add_stream("aac", rate=_RATE, options={"aac_coder": "fast"})
    encoder.bit_rate = 128_000
    encoder.layout = "stereo"
    return _encoded_sound(bed, speech, encoder, start, end)


def _encoded_sound(
    bed: InputContainer, speech: InputContainer, encoder: av.AudioStream, start: float, end: float
) -> Iterator[Packet[Any]]:
    for frame in _mixed(bed, speech, start, end):
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def _mixed(bed: InputContainer, speech: InputContainer, start: float, end: float) -> Iterator[AudioFrame]:
    """Run the filter graph, feeding whichever side is behind."""
    graph, inputs, sink = _graph(bed, speech, end - start)
    feeds = [_rebased(bed, start, end), _rebased(speech, 0.0, end - start)]
    times = [0.0, 0.0]
    while feeds[0] or feeds[1]:
        side = 0 if feeds[0] and (times[0] <= times[1] or not feeds[1]) else 1
        frame = next(feeds[side], None)
        inputs[side].push(frame)
        if frame is None:
            feeds[side] = iter(())
            times[side] = float("inf")
        else:
            times[side] = float(frame.time or 0.0)
        yield from _drained(sink)
        if min(times) == float("inf"):
            break
    del graph


def _drained(sink: av.filter.context.FilterContext) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, AudioFrame)
        yield frame


def _rebased(container: InputContainer, start: float, end: float) -> Iterator[AudioFrame]:
    """Sound from `start` on, with the clock set to zero there."""
    stream = container.streams.audio[0]
    zero = (container.start_time or 0) / av.time_base
    go_to(container, start)
    for frame in container.decode(stream):
        if frame.pts is None or not frame.time_base:
            continue
        at = float(frame.pts * frame.time_base) - zero
        if at >= end:
            return
        if at + frame.samples / frame.sample_rate > start:
            frame.pts = frame.pts - round((start + zero) / frame.time_base)
            yield frame


def _graph(
    bed: InputContainer, speech: InputContainer, length: float
) -> tuple[Graph, list[av.filter.context.FilterContext], av.filter.context.FilterContext]:
    graph = Graph()
    inputs = [graph.add_abuffer(template=container.streams.audio[0]) for container in (bed, speech)]
    steps = [
        ("aresample", "async=1000:first_pts=0"),
        ("atrim", "start=0"),
        ("aformat", _FORM),
        ("apad", ""),
    ]
    music = _chain(graph, inputs[0], steps)
    # One channel becomes two that are as loud as it was: left to itself, a converter takes 3 dB away.
    both = ("pan", "stereo|c0=c0|c1=c0")
    voice = _chain(graph, inputs[1], [("aresample", ""), both, ("aformat", _FORM), ("asplit", "2")])
    duck, blend = graph.add("sidechaincompress", _DUCK), graph.add("amix", "inputs=2:normalize=0:duration=shortest")
    music.link_to(duck, 0, 0)
    voice.link_to(duck, 0, 1)
    duck.link_to(blend, 0, 0)
    voice.link_to(blend, 1, 1)
    tail = [("alimiter", "limit=0.84:level=0"), ("apad", ""), ("atrim", f"end={length:.6f}"), ("aformat", _FORM)]
    sink = _chain(graph, blend, [*tail, ("asetnsamples", "n=1024:p=0"), ("abuffersink", "")])
    graph.configure()
    return graph, inputs, sink


def _chain(
    graph: Graph, first: av.filter.context.FilterContext, steps: list[tuple[str, str]]
) -> av.filter.context.FilterContext:
    last = first
    for name, arguments in steps:
        following = graph.add(name, arguments)
        last.link_to(following)
        last = following
    return last
