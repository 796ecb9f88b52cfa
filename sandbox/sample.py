"""A talking sample video with subtitles, the same every time: `python -m sandbox.sample OUT_DIR`."""

from __future__ import annotations

import heapq
import sys
from array import array
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Literal

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame

from sandbox.drawing import Planes, face
from sandbox.speech import sample_rate, speak
from sandbox.srt import Cue

Audio = Literal["speech", "silence", "none", "tone"]

ENGLISH = (
    "Hello, and welcome to the team.",
    "Today we are opening our new studio.",
    "From now on, films speak your language.",
    "Choose the languages, then sit back and listen.",
    "We are very glad that you are here.",
)
SPANISH = (
    "Hola, y bienvenidos al equipo.",
    "Hoy abrimos nuestro nuevo estudio.",
    "Desde ahora, las películas hablan tu idioma.",
    "Elige los idiomas, ponte cómodo y escucha.",
    "Nos alegra mucho que estéis aquí.",
)
_FIRST, _GAP, _RATE = 0.3, 0.2, 175
_LEVELS, _BARS = 8, 20
_BAR_ON, _BAR_OFF = (222, 126, 130), (128, 136, 116)
_CHORDS = (
    "0.02*(sin(2*PI*t*220)+sin(2*PI*277.18*t)+0.7*sin(2*PI*329.63*t))*(0.6+0.4*sin(2*PI*t/4))+0.012*sin(2*PI*110*t)"
)


def make_sample(
    path: Path | str,
    *,
    seconds: float = 12.0,
    audio: Audio = "speech",
    video: bool = True,
    width: int = 1280,
    height: int = 720,
    fps: int = 25,
    rotation: int = 0,
) -> list[Cue]:
    """Write an MP4 (H.264/AAC) and return the spoken cues. 320x180 and a few seconds are cheap enough for tests."""
    voice, cues = _talk(seconds) if audio == "speech" else (b"", [])
    tracks: list[Iterator[Packet[Any]]] = []
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as movie:
        if video:
            tracks.append(_pictures(movie, voice, seconds, (width, height), fps, rotation))
        if audio != "none":
            tracks.append(_sound(movie, voice, seconds, audio))
        for packet in heapq.merge(*tracks, key=lambda packet: Fraction(packet.dts or 0) * packet.time_base):
            movie.mux(packet)
    return cues


def write_srt(cues: list[Cue], path: Path) -> None:
    """Write cues as an SRT file."""
    blocks = [f"{n}\n{_clock(c.start)} --> {_clock(c.end)}\n{c.text}\n" for n, c in enumerate(cues, 1)]
    path.write_text("\n".join(blocks), encoding="utf-8")


def _clock(seconds: float) -> str:
    millis = round(seconds * 1000)
    return f"{millis // 3600000:02}:{millis // 60000 % 60:02}:{millis // 1000 % 60:02},{millis % 1000:03}"


def _talk(seconds: float) -> tuple[bytes, list[Cue]]:
    """The sentences one after the other, as long as they fit; 16-bit samples of exactly this length."""
    rate, at = sample_rate(), _FIRST
    samples, number = bytearray(round(seconds * rate) * 2), 0
    cues: list[Cue] = []
    while True:
        text = ENGLISH[number % len(ENGLISH)]
        speech = _trimmed(speak(text, "en-us", rate=_RATE))
        end = at + len(speech) / 2 / rate
        if end > seconds and cues:
            break
        first = round(at * rate) * 2
        speech = speech[: len(samples) - first]
        samples[first : first + len(speech)] = speech
        cues.append(Cue(round(at, 3), round(min(end, seconds), 3), text))
        at, number = end + _GAP, number + 1
    return bytes(samples), cues


def _trimmed(speech: bytes) -> bytes:
    """Without the silence espeak leaves at the end."""
    samples = array("h", speech)
    while samples and abs(samples[-1]) < 60:
        samples.pop()
    return samples.tobytes()


def _loudness(voice: bytes, frames: int, fps: int) -> list[float]:
    """How loud the voice is during each picture, 0 to 1."""
    samples, step = array("h", voice), sample_rate() / fps
    means = []
    for number in range(frames):
        part = samples[int(number * step) : int((number + 1) * step)]
        means.append(sum(map(abs, part)) / len(part) if part else 0.0)
    top = max(means, default=0.0) or 1.0
    return [min(1.0, mean / top * 1.25) for mean in means]


@cache
def _drawn(size: tuple[int, int], level: int, blink: bool) -> Planes:
    return face(*size, level / _LEVELS, blink=blink)


def _pictures(
    movie: OutputContainer, voice: bytes, seconds: float, size: tuple[int, int], fps: int, rotation: int
) -> Iterator[Packet[Any]]:
    stream = movie.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "20", "g": str(fps * 2)})
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    if rotation:
        stream.set_display_rotation(rotation)
    return _filmed(stream, _loudness(voice, round(seconds * fps), fps), size, fps)


def _filmed(stream: av.VideoStream, loudness: list[float], size: tuple[int, int], fps: int) -> Iterator[Packet[Any]]:
    for number in range(len(loudness)):
        frame = VideoFrame(*size, "yuv420p")
        blink = number % (fps * 3) in range(fps * 2, fps * 2 + max(1, fps // 6))
        planes = _drawn(size, round(loudness[number] * _LEVELS), blink)
        _show(frame, planes, loudness[max(0, number + 1 - _BARS) : number + 1])
        frame.pts, frame.time_base = number, Fraction(1, fps)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _show(frame: VideoFrame, planes: Planes, history: list[float]) -> None:
    """Copy a drawn face into a frame and put the moving bars under it."""
    bars = [0.0] * (_BARS - len(history)) + history
    for index, (plane, drawn) in enumerate(zip(frame.planes, planes, strict=True)):
        pixels, scale = bytearray(drawn), 1 if index == 0 else 2
        for number, value in enumerate(bars):
            _bar(pixels, plane, number, value, index, frame.height // 2 // scale * 2)
        plane.update(bytes(pixels))


def _bar(
    pixels: bytearray, plane: av.video.plane.VideoPlane, number: int, value: float, index: int, height: int
) -> None:
    step, middle = height / 40, height * 0.93
    left = int(plane.width / 2 + (number - _BARS / 2) * step)
    half = max(height * 0.004, value * height * 0.04)
    colour = (_BAR_ON if value > 0.05 else _BAR_OFF)[index]
    line = bytes([colour]) * max(1, int(step * 0.55))
    for row in range(int(middle - half), int(middle + half) + 1):
        at = row * plane.line_size + left
        pixels[at : at + len(line)] = line


def _sound(movie: OutputContainer, voice: bytes, seconds: float, audio: Audio) -> Iterator[Packet[Any]]:
    stream = movie.add_stream("aac", rate=44100, options={"aac_coder": "fast"})
    stream.layout, stream.bit_rate = "stereo", 128_000
    return _encoded_sound(stream, voice, seconds, audio)


def _encoded_sound(stream: av.AudioStream, voice: bytes, seconds: float, audio: Audio) -> Iterator[Packet[Any]]:
    expression = {"silence": "0", "tone": "0.25*sin(2*PI*440*t)"}.get(audio, _CHORDS)
    graph = Graph()
    ground = graph.add("aevalsrc", f"exprs='{expression}':s=44100:d={seconds}")
    if voice:
        ground = _with_voice(graph, ground)
    last = ground
    for name, arguments in (
        ("aformat", "sample_fmts=fltp:sample_rates=44100:channel_layouts=stereo"),
        ("asetnsamples", "n=1024:p=0"),
        ("abuffersink", ""),
    ):
        following = graph.add(name, arguments)
        last.link_to(following)
        last = following
    graph.configure()
    if voice:
        graph.push(_voice_frame(voice))
        graph.push(None)
    while True:
        try:
            frame = last.pull()
        except (av.EOFError, av.BlockingIOError):
            break
        assert isinstance(frame, AudioFrame)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _with_voice(graph: Graph, ground: av.filter.context.FilterContext) -> av.filter.context.FilterContext:
    rate = sample_rate()
    voice = graph.add_abuffer(sample_rate=rate, format="s16", layout="mono", time_base=Fraction(1, rate))
    louder, resampled = graph.add("volume", "1.4"), graph.add("aresample", "44100")
    blend = graph.add("amix", "inputs=2:normalize=0:duration=first")
    voice.link_to(louder)
    louder.link_to(resampled)
    ground.link_to(blend, 0, 0)
    resampled.link_to(blend, 0, 1)
    return blend


def _voice_frame(voice: bytes) -> AudioFrame:
    frame = AudioFrame("s16", "mono", len(voice) // 2)
    frame.planes[0].update(voice.ljust(frame.planes[0].buffer_size, b"\0"))
    frame.sample_rate, frame.pts, frame.time_base = sample_rate(), 0, Fraction(1, sample_rate())
    return frame


def main(arguments: list[str]) -> int:
    """Write sample.mp4, sample.en-US.srt and sample.es-ES.srt."""
    if len(arguments) != 1:
        print("usage: python -m sandbox.sample OUT_DIR", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    cues = make_sample(folder / "sample.mp4")
    write_srt(cues, folder / "sample.en-US.srt")
    spanish = [Cue(cue.start, cue.end, text) for cue, text in zip(cues, SPANISH, strict=False)]
    write_srt(spanish, folder / "sample.es-ES.srt")
    print(f"sample.mp4, sample.en-US.srt and sample.es-ES.srt are in {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
