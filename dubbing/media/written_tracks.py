"""Tracks of a file that is being written: taken over packet by packet, or sound in another form. Runs in the child."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import av.filter
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import BlockingIOError as Hungry
from av.error import EOFError as Drained
from av.packet import Packet
from av.stream import Discard

from dubbing.media.reader import Media, decoded

_CLOCK = Fraction(1, 90_000)


def end_if_alone(parent: int, out: str) -> None:
    """End this process when whoever wanted the file is gone, and will not take away what was written."""
    if os.getppid() != parent:
        open(out, "wb").close()  # its name we cannot touch
        os._exit(1)


def demuxed(source: InputContainer, wanted: Media) -> Iterator[Packet[Any]]:
    """All packets of one track; the others are not even read, where the file has an index. Raises FFmpegError.

    From the very first one on: what an encoder needed to begin with stands before the beginning of the file.
    """
    for stream in source.streams:
        if stream is not wanted:
            stream.discard = Discard.all
    yield from source.demux(wanted)


class CopiedPackets:
    """A track that is taken over as it is, on a timeline that begins `zero` seconds later."""

    def __init__(self, target: OutputContainer, track: Media, zero: float) -> None:
        self.stream = target.add_stream_from_template(track)
        self.zero = round(zero / (track.time_base or _CLOCK))
        self.count = 0
        self.early: list[Packet[Any]] = []

    def take(self, packet: Packet[Any]) -> list[Packet[Any]]:
        if not packet.size:
            return []  # the end of the stream
        self.count += 1
        if packet.dts is None:
            # Matroska does not say when the first pictures are decoded; it follows from those after them.
            self.early.append(packet)
            return []
        ready = [*self.early, packet]
        for number, early in enumerate(self.early):
            early.dts = packet.dts - (len(self.early) - number) * max(1, packet.duration or 0)
        self.early = []
        return [self._moved(early) for early in ready]

    def end(self) -> list[Packet[Any]]:
        return []

    def _moved(self, packet: Packet[Any]) -> Packet[Any]:
        packet.dts = (packet.dts or 0) - self.zero
        packet.pts = None if packet.pts is None else packet.pts - self.zero
        packet.stream = self.stream
        return packet


@dataclass(frozen=True, slots=True)
class SoundForm:
    """A codec, and what it is given: the form of samples, how many a second, and the channels."""

    codec: str
    samples: str
    rate: int
    layout: str
    bit_rate: int = 0
    options: dict[str, str] = field(default_factory=dict)


def stereo_aac(bit_rate: int, coder: str) -> SoundForm:
    """What every browser plays. ``coder``: ``fast``, or ``twoloop`` for a better one."""
    return SoundForm("aac", "fltp", 48_000, "stereo", bit_rate, {"aac_coder": coder})


class EncodedSound:
    """Sound in another form, from the beginning of the file on, with silence where the source has none."""

    def __init__(self, target: OutputContainer, zero: float, form: SoundForm) -> None:
        stream = target.add_stream(form.codec, rate=form.rate, layout=form.layout, options=form.options)
        assert isinstance(stream, AudioStream)
        if form.bit_rate:
            stream.bit_rate = form.bit_rate
        self.form = form
        self.stream, self.zero = stream, zero
        self.shape: tuple[object, ...] = ()
        self.graph = av.filter.Graph()

    def take(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        for frame in decoded(packet):
            if frame.pts is None:
                continue
            shape = (frame.format.name, frame.layout.name, frame.sample_rate)
            if shape != self.shape:
                yield from self._drained()
                # From the beginning of the video on; after a change in the middle, from there.
                self.graph = _sound_graph(frame, self.form, "" if self.shape else ":first_pts=0")
                self.shape = shape
            frame.pts -= round(self.zero / frame.time_base)
            self.graph.push(frame)
            yield from self._ready()

    def end(self) -> list[Packet[Any]]:
        return [*self._drained(), *(self.stream.encode(None) if self.shape else [])]

    def _drained(self) -> Iterator[Packet[Any]]:
        if self.shape:
            self.graph.push(None)
            yield from self._ready()

    def _ready(self) -> Iterator[Packet[Any]]:
        with suppress(Hungry, Drained):
            while True:
                piece = self.graph.pull()
                assert isinstance(piece, AudioFrame)
                yield from self.stream.encode(piece)


def _sound_graph(frame: AudioFrame, to: SoundForm, beginning: str) -> av.filter.Graph:
    graph = av.filter.Graph()
    node = graph.add_abuffer(
        sample_rate=frame.sample_rate, format=frame.format, layout=frame.layout, time_base=frame.time_base
    )
    form = f"sample_fmts={to.samples}:sample_rates={to.rate}:channel_layouts={to.layout}"
    for name, arguments in (
        ("aresample", f"{to.rate}:async=1{beginning}"),
        ("aformat", form),
        ("asetnsamples", "1024"),
        ("abuffersink", None),
    ):
        following = graph.add(name, arguments)
        node.link_to(following)
        node = following
    graph.configure()
    return graph
