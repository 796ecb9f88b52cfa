"""One MP4 with the picture of one video and the sounds of several, each with its language. Runs in the child.

The picture is copied packet by packet, and so is each sound that MP4 can hold. The timelines are aligned at the
beginning of each file, as a player shows them.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.subtitles.stream import SubtitleStream

from dubbing.media.objects import MP4_PICTURES
from dubbing.media.reader import Media, Refused, opened, starts_at, streams
from dubbing.media.written_tracks import CopiedPackets, EncodedSound, demuxed, end_if_alone, stereo_aac

_SOUNDS = {"aac", "mp3", "ac3", "eac3", "opus", "libopus", "flac", "alac"}
_SOUND_RATE = 256_000
_MILLISECONDS = Fraction(1, 1000)
# The default look in every player; the encoder takes the description of the track from it.
_STYLES = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""

_Timed = Iterator[tuple[float, "Packet[Any]"]]


def write_multitrack(plan: dict[str, Any], out: str) -> bool:
    """Write the file of this plan (`parent.write_multitrack`).

    Returns False if part of it cannot be read or written.
    """
    try:
        with ExitStack() as open_files:
            _write(plan, out, open_files)
    except (FFmpegError, Refused, ValueError):
        return False
    return True


def _write(plan: dict[str, Any], out: str, open_files: ExitStack) -> None:
    """Write the file. Raises FFmpegError, Refused, ValueError."""
    parent = os.getppid()
    target = open_files.enter_context(av.open(out, "w", format="mp4", options={"movflags": "+faststart"}))
    target.metadata.update(plan["tags"])
    tracks = [_picture(target, _opened(plan["picture"], open_files))]
    tracks += [_sound(target, _opened(sound["path"], open_files), sound) for sound in plan["sounds"]]
    tracks += [_subtitles(target, subtitles) for subtitles in plan["subtitles"]]
    # In playing order: otherwise one track would wait in memory for all of another.
    for number, (_, packet) in enumerate(heapq.merge(*tracks, key=lambda timed: timed[0])):
        if number % 100 == 0:
            end_if_alone(parent, out)
        target.mux(packet)


def _opened(path: str, open_files: ExitStack) -> InputContainer:
    return open_files.enter_context(opened(path, "not_media"))


def _picture(target: OutputContainer, source: InputContainer) -> _Timed:
    video, _ = streams(source)
    if video is None or video.codec_context is None or video.codec_context.codec.canonical_name not in MP4_PICTURES:
        raise ValueError("no picture that MP4 can hold")
    return _copied(target, source, video)


def _sound(target: OutputContainer, source: InputContainer, described: dict[str, Any]) -> _Timed:
    _, audio = streams(source)
    if audio is None or audio.codec_context is None:
        raise ValueError("no sound")
    is_kept = audio.codec_context.name in _SOUNDS
    packets = _copied(target, source, audio) if is_kept else _encoded(target, source, audio)
    _describe(target.streams[-1], described, is_default=described["is_default"])
    return packets


def _copied(target: OutputContainer, source: InputContainer, track: Media) -> _Timed:
    copied = CopiedPackets(target, track, starts_at(source))

    def packets() -> _Timed:
        for packet in demuxed(source, track):
            for moved in copied.take(packet):
                yield _timed(moved)
        if not copied.count or copied.early:
            raise ValueError("nothing in it, or nothing that says when it is")

    return packets()


def _encoded(target: OutputContainer, source: InputContainer, audio: AudioStream) -> _Timed:
    encoded = EncodedSound(target, starts_at(source), stereo_aac(_SOUND_RATE, "twoloop"))

    def packets() -> _Timed:
        for packet in demuxed(source, audio):
            for made in encoded.take(packet):
                yield _timed(made)
        for made in encoded.end():
            yield _timed(made)

    return packets()


def _subtitles(target: OutputContainer, described: dict[str, Any]) -> _Timed:
    stream = target.add_stream("mov_text")
    assert isinstance(stream, SubtitleStream)
    stream.codec_context.subtitle_header = _STYLES
    stream.time_base = _MILLISECONDS
    _describe(stream, described, is_default=False)

    def packets() -> _Timed:
        for start, end, text in described["cues"]:
            written = text.encode()
            packet: Packet[Any] = Packet(len(written).to_bytes(2) + written)
            packet.pts, packet.dts, packet.duration, packet.time_base = start, start, end - start, _MILLISECONDS
            packet.stream = stream
            yield _timed(packet)

    return packets()


def _describe(stream: Stream, described: dict[str, Any], *, is_default: bool) -> None:
    # Players show one of the two as the name of the track.
    stream.metadata.update(
        {"language": described["language"], "title": described["title"], "handler_name": described["title"]}
    )
    stream.disposition = Disposition.default if is_default else Disposition(0)


def _timed(packet: Packet[Any]) -> tuple[float, Packet[Any]]:
    return float((packet.dts or 0) * packet.time_base), packet
