"""Sources and dubs of many kinds, sound ones and damaged ones, made with FFmpeg's filters when a test needs them."""

from __future__ import annotations

import heapq
import wave
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.error import EOFError as Drained
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from dubbing.subtitles import Cue
from sandbox.sample import ENGLISH, SPANISH
from sandbox.speech import sample_rate, speak

Chain = Sequence[tuple[str, str]]

FIRST, PAUSE = 0.6, 0.7
MUSIC = "0.04*(sin(2*PI*t*220)+sin(2*PI*277.18*t)+0.7*sin(2*PI*329.63*t))*(0.55+0.45*sin(2*PI*t/3))+0.02*random(0)"
AMBIENCE = "0.012*(random(0)-0.5)"


@dataclass(frozen=True)
class Talk:
    """Somebody talks for so many seconds: a track of speech, and when what is said."""

    wav: Path
    cues: tuple[Cue, ...]


@dataclass(frozen=True, kw_only=True)
class Film:
    """How a film is made. `sounds` are mixed; `sound` and `picture` are what is done to all of it afterwards."""

    seconds: float = 20.0
    sounds: Sequence[Chain] = ()
    sound: Chain = ()
    picture_source: Chain = (("testsrc2", "size=320x180:rate=25"),)
    picture: Chain = ()
    holds: Sequence[tuple[float, float]] = ()
    size: tuple[int, int] | None = None
    rate: Fraction = Fraction(25)
    sample_rate: int = 48_000
    layout: str = "stereo"
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: {"preset": "ultrafast", "crf": "23"})
    picture_seconds: float | None = None
    audio: str = "aac"


def talk(folder: Path, language: str, seconds: float, *, silent: Sequence[int] = (), end_pause: float = 0.6) -> Talk:
    """Sentences with pauses between them, for as long as they fit; both languages have the same cues."""
    rate = sample_rate()
    samples = array("h", bytes(2 * round(seconds * rate)))
    at, cues = FIRST, []
    for number in range(1000):
        both = [_spoken(ENGLISH[number % 5], "en-us"), _spoken(SPANISH[number % 5], "es")]
        lasts = max(map(len, both)) / rate
        if at + lasts > seconds - end_pause:
            break
        said = both[language == "es"]
        first = round(at * rate)
        if number not in silent:
            samples[first : first + len(said)] = said
        cues.append(
            Cue(round(at * 1000), round((at + lasts) * 1000), (SPANISH if language == "es" else ENGLISH)[number % 5])
        )
        at += lasts + PAUSE
    path = folder / f"{language}-{seconds}-{'-'.join(map(str, silent))}-{end_pause}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return Talk(path, tuple(cues))


@cache
def _spoken(text: str, voice: str) -> array[int]:
    samples = array("h", speak(text, voice, rate=160))
    while samples and abs(samples[-1]) < 60:
        samples.pop()
    return samples


def voice(wav: Path, *more: tuple[str, str]) -> Chain:
    """A track of speech, and what is done to it."""
    return (("amovie", f"filename={wav}"), *more)


def music(*more: tuple[str, str], seconds: float = 20.0, expression: str = MUSIC) -> Chain:
    """A bed that plays all the time."""
    return (("aevalsrc", f"exprs={expression}:s=48000:d={seconds}"), *more)


def picture_of(path: Path) -> Chain:
    """The picture of another film."""
    return (("movie", f"filename={path}"),)


def make(path: Path, film: Film) -> Path:
    """Make a film, and give its path back."""
    with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix == ".mp4" else {}) as out:
        tracks = [_pictures(out, film)]
        if film.sounds:
            tracks.append(_sound(out, film))
        for packet in heapq.merge(*tracks, key=lambda packet: Fraction(packet.dts or 0) * packet.time_base):
            out.mux(packet)
    return path


def copy_picture(path: Path, source: Path, film: Film) -> Path:
    """The picture of the source as it is encoded, with another sound."""
    with av.open(str(source)) as given, av.open(str(path), "w") as out:
        stream = given.streams.video[0]
        target = out.add_stream_from_template(stream)

        def taken() -> Iterator[Packet[Any]]:
            for packet in given.demux(stream):
                if packet.dts is not None:
                    packet.stream = target
                    yield packet

        tracks = [taken(), _sound(out, film)]
        for packet in heapq.merge(*tracks, key=lambda packet: Fraction(packet.dts or 0) * packet.time_base):
            out.mux(packet)
    return path


def _pictures(out: av.container.OutputContainer, film: Film) -> Iterator[Packet[Any]]:
    seconds = film.picture_seconds or film.seconds
    size = [("scale", f"{film.size[0]}:{film.size[1]}")] if film.size else []
    steps = [*film.picture, ("fps", str(film.rate)), *size, ("setsar", "1"), ("format", "yuv420p")]
    graph = _graph([film.picture_source], "", [*steps, ("trim", f"end={seconds}"), ("buffersink", "")])
    frames = _pulled(graph)
    first = next(frames)
    stream = out.add_stream(film.codec, rate=film.rate, options=film.options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
    return _encoded(stream, _held(first, frames, film))


def _held(first: VideoFrame, frames: Iterator[VideoFrame], film: Film) -> Iterator[VideoFrame]:
    shown = first
    for number, frame in enumerate(_chained(first, frames)):
        at = number / film.rate
        if not any(start < at < end for start, end in film.holds):
            shown = frame
        shown.pts, shown.time_base = number, 1 / film.rate
        yield shown


def _chained(first: VideoFrame, frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    yield first
    yield from frames


def _sound(out: av.container.OutputContainer, film: Film) -> Iterator[Packet[Any]]:
    form = ("aformat", f"sample_fmts=fltp:sample_rates={film.sample_rate}:channel_layouts={film.layout}")
    steps = [
        *film.sound,
        form,
        ("asetpts", "N/SR/TB"),
        ("apad", f"whole_dur={film.seconds}"),
        ("asetpts", "N/SR/TB"),
        ("atrim", f"end={film.seconds}"),
    ]
    common = ("aformat", "sample_fmts=fltp:sample_rates=48000")
    sounds = [[*chain, common] for chain in film.sounds]
    graph = _graph(sounds, "amix", [*steps, ("asetnsamples", "1024:p=0"), ("abuffersink", "")])
    stream = out.add_stream(film.audio, rate=film.sample_rate, layout=film.layout)
    assert isinstance(stream, AudioStream)
    stream.bit_rate = 192_000
    return _encoded(stream, _pulled(graph))


def _encoded(stream: Any, frames: Iterator[Any]) -> Iterator[Packet[Any]]:
    for frame in frames:
        if isinstance(frame, VideoFrame):
            frame.pict_type = 0
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _graph(sources: Sequence[Chain], mixer: str, steps: Chain) -> Graph:
    graph = Graph()
    ends = [_chain(graph, None, chain) for chain in sources]
    last = ends[0]
    if len(ends) > 1:
        last = graph.add(mixer, f"inputs={len(ends)}:normalize=0:duration=longest")
        for number, end in enumerate(ends):
            end.link_to(last, 0, number)
    _chain(graph, last, steps)
    graph.configure()
    return graph


def _chain(graph: Graph, last: Any, steps: Chain) -> Any:
    for name, arguments in steps:
        following = graph.add(name, arguments or None)
        if last is not None:
            last.link_to(following)
        last = following
    return last


def _pulled(graph: Graph) -> Iterator[Any]:
    while True:
        try:
            yield graph.pull()
        except (Drained, av.BlockingIOError):
            return


Make = Callable[[str, Film], Path]
