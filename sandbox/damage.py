"""Deliberate faults in dubs, for testing automatic checks: the finished file is remade with a fault."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame

from sandbox.media import open_media, video_of

_RATE = 48_000
_CUT, _FROZEN_FROM, _FROZEN_S = 0.8, 0.4, 3.0
_LATE_MS = 300
_QUIET = "-12dB"

Steps = list[tuple[str, str]]


def damage(
    path: Path, source: Path, kind: str, *, lines: Sequence[tuple[float, float]], start: float, length: float
) -> None:
    """Replace a finished dub by a damaged one. `lines`: when something is said, in seconds of the dub."""
    whole = {"half-speed": 2.0, "cut": _CUT}.get(kind, 1.0) * length
    bad = path.with_suffix(".damaged")
    sound_path, first = (source, start) if kind == "source-sound" else (path, 0.0)
    try:
        with ExitStack() as stack:
            good, audio = stack.enter_context(open_media(path)), stack.enter_context(open_media(sound_path))
            movie = stack.enter_context(av.open(str(bad), "w", format="mp4", options={"movflags": "+faststart"}))
            movie.metadata.update(good.metadata)
            pictures = _pictures(good, movie, kind, length, whole)
            sound = _sound(audio, movie, [*_from(first), *_sound_steps(kind, lines)], whole)
            for packet in heapq.merge(pictures, sound, key=lambda packet: Fraction(packet.dts or 0) * packet.time_base):
                movie.mux(packet)
        bad.replace(path)
    finally:
        bad.unlink(missing_ok=True)


def _from(first: float) -> Steps:
    return [("atrim", f"start={first:.6f}"), ("asetpts", "PTS-STARTPTS")] if first else []


def _sound_steps(kind: str, lines: Sequence[tuple[float, float]]) -> Steps:
    if kind == "silent-cue":
        # The longest one in the middle of the film: a short one is nobody's fault.
        inner = lines[1:-1] or lines
        start, end = max(inner, key=lambda line: line[1] - line[0])
        return [("volume", f"0:enable='between(t,{start:.3f},{end:.3f})'")]
    steps: dict[str, Steps] = {
        "quiet": [("volume", _QUIET)],
        "late-300ms": [("adelay", f"{_LATE_MS}:all=1")],
        "half-speed": [("atempo", "0.5")],
    }
    return steps.get(kind, [])


def _pictures(
    good: InputContainer, movie: OutputContainer, kind: str, length: float, whole: float
) -> Iterator[Packet[Any]]:
    stream = video_of(good)
    if kind not in {"frozen", "half-speed", "cut"}:
        target = movie.add_stream_from_template(stream)
        return _moved(good, stream, target)
    rate = (stream.average_rate or Fraction(25)).limit_denominator(1001)
    target = movie.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "23"})
    target.width, target.height, target.pix_fmt = stream.width, stream.height, "yuv420p"
    return _encoded(target, _changed(good, stream, kind, rate, length, whole))


def _moved(good: InputContainer, stream: av.VideoStream, target: av.VideoStream) -> Iterator[Packet[Any]]:
    for packet in good.demux(stream):
        if packet.dts is not None:
            packet.stream = target
            yield packet


def _changed(
    good: InputContainer, stream: av.VideoStream, kind: str, rate: Fraction, length: float, whole: float
) -> Iterator[VideoFrame]:
    begin = _FROZEN_FROM * length
    shown: VideoFrame | None = None
    number = 0
    for frame in good.decode(stream):
        at = frame.time or 0.0
        if shown is None or kind != "frozen" or not begin < at < begin + min(_FROZEN_S, 0.4 * length):
            shown = frame
        for _ in range(2 if kind == "half-speed" else 1):
            if number / rate >= whole:
                return
            shown.pts, shown.time_base, shown.pict_type = number, 1 / rate, 0
            yield shown
            number += 1


def _sound(audio: InputContainer, movie: OutputContainer, steps: Steps, whole: float) -> Iterator[Packet[Any]]:
    target = movie.add_stream("aac", rate=_RATE, layout="stereo", options={"aac_coder": "fast"})
    target.bit_rate = 128_000
    return _encoded(target, _filtered(audio, steps, whole))


def _filtered(audio: InputContainer, steps: Steps, whole: float) -> Iterator[Any]:
    graph = Graph()
    node: Any = graph.add_abuffer(template=audio.streams.audio[0])
    form = ("aformat", f"sample_fmts=fltp:sample_rates={_RATE}:channel_layouts=stereo")
    length: Steps = [("apad", f"whole_dur={whole:.6f}"), ("asetpts", "N/SR/TB"), ("atrim", f"end={whole:.6f}")]
    for name, arguments in [form, *steps, form, *length, ("asetnsamples", "n=1024:p=0"), ("abuffersink", "")]:
        following = graph.add(name, arguments or None)
        node.link_to(following)
        node = following
    graph.configure()
    for frame in chain(audio.decode(audio.streams.audio[0]), [None]):
        with suppress(av.EOFError):  # it has all that it wants
            graph.push(frame)
        try:
            while True:
                yield graph.pull()
        except av.BlockingIOError:
            continue
        except av.EOFError:
            return


def _encoded(target: Any, frames: Iterator[Any]) -> Iterator[Packet[Any]]:
    for frame in frames:
        yield from target.encode(frame)
    yield from target.encode(None)
