"""Check that a file is of the requested kind and complete. All times are seconds."""

import time
from typing import Any, BinaryIO

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from dubbing.media.reader import VIDEO_FORMATS, Media, Refused, ends_at, file_ends_at, formats, frame_ends, starts_at

# Containers that state their duration. In others it is estimated from the bit rate and proves nothing.
_STATE_DURATION = {"mov", "matroska", "avi", "mxf", "flac"}
_EBML, _SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
LONGEST_S = 24 * 3600.0
# Places that are read to check whether a video is as long as it says; not in short ones, where little is at stake.
_PLACES, _SHORT_S, _PLACES_CPU_S, _PACKETS_AT_A_PLACE = 24, 60.0, 4.0, 20_000
# Bits per second: even a voice alone takes more, in any encoding.
_FEWEST_BITS = 200
# How far before the end to start reading; the later steps are for files with very rare key frames.
_STEPS_BACK_S = (2.0, 12.0, 60.0, 3600.0)


def check_kind(container: InputContainer, video: VideoStream | None, audio: AudioStream | None, wanted: str) -> None:
    if not (video or container.streams.video or audio):
        raise Refused("not_media")
    # Raw audio is recognised by little more than a lucky byte; only sound that decodes makes it a sound file.
    if not video and audio and not decodes(container, audio):
        raise Refused("not_media")
    if wanted == "video" and not video:
        raise Refused("no_video")
    if wanted == "video" and not formats(container) & VIDEO_FORMATS:
        raise Refused("not_media")
    if not audio:
        raise Refused("no_audio")


def check_ends(container: InputContainer, streams: list[Media]) -> None:
    """Refuse a file that does not decode at its beginning, or that stops well before its stated end."""
    if not all(stream.codec_context for stream in streams):
        raise Refused("unreadable")
    if not all(decodes(container, stream) for stream in streams):
        raise Refused("truncated")
    reached = {stream: _reached(container, stream) for stream in streams}
    if not formats(container) & _STATE_DURATION:
        return
    if any(stream.duration and end < _nearly(ends_at(container, stream)) for stream, end in reached.items()):
        raise Refused("truncated")
    # Matroska states one duration for the whole file, which no single stream has to fill.
    if not any(stream.duration for stream in streams) and max(reached.values()) < _nearly(file_ends_at(container)):
        raise Refused("truncated")


def check_length(container: InputContainer, streams: list[Media], lasts: float, *, size: int, everywhere: bool) -> None:
    """Refuse an impossible length: zero, more than a day, or mostly without picture and sound.

    One wrong timestamp turns a few seconds into hours. `everywhere`: whether the whole file is available.
    """
    if lasts <= 0:
        raise Refused("broken_times")
    if lasts > LONGEST_S:
        raise Refused("endless")
    if lasts > _SHORT_S and 8 * size / lasts < _FEWEST_BITS:
        raise Refused("broken_times")
    # Without the middle of the file, only an index can say what would be there.
    if lasts < _SHORT_S or not (everywhere or all(stream.frames for stream in streams)):
        return
    enough = time.process_time() + _PLACES_CPU_S
    reach = lasts / _PLACES / 2
    empty = 0
    for number in range(_PLACES):
        at = starts_at(container) + lasts * (number + 0.5) / _PLACES
        empty += all(is_empty(container, stream, at, reach) for stream in streams)
        if time.process_time() > enough:
            return
    if empty >= _PLACES / 2:
        raise Refused("broken_times")


def is_empty(container: InputContainer, stream: Media, at: float, reach: float) -> bool:
    """Whether a track has nothing that begins within `reach` of a moment; False if that is unknown."""
    before = None
    try:
        container.seek(round(at / (stream.time_base or 1)), stream=stream)
        for number, packet in enumerate(container.demux()):
            if number > _PACKETS_AT_A_PLACE:
                return False
            begins = _begins(packet)
            if packet.stream is not stream or begins is None:
                continue
            if begins >= at:
                return begins > at + reach and (before is None or before < at - reach)
            before = begins
    except FFmpegError:
        return False
    return before is not None and before < at - reach


def _begins(packet: "Packet[Any]") -> float | None:
    at = packet.dts if packet.pts is None else packet.pts
    return None if at is None or not packet.time_base else float(at * packet.time_base)


def decodes(container: InputContainer, stream: Media) -> bool:
    return next(frame_ends(container, stream, 0.0), None) is not None


def _reached(container: InputContainer, stream: Media) -> float:
    """The end of the last frame that can be decoded. Raises Refused if there is none."""
    end = ends_at(container, stream)
    reached: float | None = None
    for back in _STEPS_BACK_S:
        reached = max(frame_ends(container, stream, max(0.0, end - back)), default=reached)
        if back >= end or (reached is not None and reached >= _nearly(end)):
            break
    if reached is None:
        raise Refused("truncated")
    return reached


def _nearly(end: float) -> float:
    """The earliest acceptable end. Encoders round, and tracks of a file end at different times, but by less."""
    return end - max(0.5, 0.02 * end)


def is_cut_off(path: str, size: int) -> bool:
    """Whether the file is shorter than its own headers say, or is an MP4 without its index."""
    with open(path, "rb") as file:
        head = file.read(256)
        if head[4:8] == b"ftyp":
            return _lacks_boxes(file, size)
    if head.startswith(b"RIFF"):
        stated = int.from_bytes(head[4:8], "little")
        return stated != 0xFFFFFFFF and stated + 8 > size
    return head.startswith(_EBML) and _lacks_segment(head, size)


def _lacks_boxes(file: BinaryIO, size: int) -> bool:
    at, seen = 0, set()
    while at + 8 <= size:
        file.seek(at)
        header = file.read(16)
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if kind in {b"mdat", b"moov", b"moof"} and at + length > size:
            return True
        seen.add(kind)
        if length < 8:
            break
        at += length
    return b"mdat" in seen and b"moov" not in seen


def _lacks_segment(head: bytes, size: int) -> bool:
    """Whether a Matroska file ends before its one large element does. A live recording states no length at all."""
    at = head.find(_SEGMENT) + len(_SEGMENT)
    width = 9 - head[at].bit_length() if len(_SEGMENT) <= at < len(head) else 9
    unknown = (1 << 7 * width) - 1
    length = int.from_bytes(head[at : at + width], "big") & unknown
    return width < 9 and length != unknown and at + width + length > size
