"""Whether a file is what was asked for, and whole. All times are seconds."""

from typing import BinaryIO

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from .reading import VIDEO_FORMATS, Media, Refused, ends_at, file_ends_at, formats, frame_ends

# Containers that state their duration. Elsewhere it is estimated from the bit rate, and proves nothing.
_STATE_DURATION = {"mov", "matroska", "avi", "mxf", "flac"}
_EBML, _SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
# How far before the end to start looking; the later steps are for files with very rare key frames.
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
    """Refuse a file that does not decode at its beginning, or that stops well before the end that it states."""
    if not all(stream.codec_context for stream in streams):
        raise Refused("unreadable")
    if not all(decodes(container, stream) for stream in streams):
        raise Refused("truncated")
    reached = {stream: _reached(container, stream) for stream in streams}
    if not formats(container) & _STATE_DURATION:
        return
    if any(stream.duration and end < _nearly(ends_at(container, stream)) for stream, end in reached.items()):
        raise Refused("truncated")
    # Matroska states one duration for the whole, which no single stream has to fill.
    if not any(stream.duration for stream in streams) and max(reached.values()) < _nearly(file_ends_at(container)):
        raise Refused("truncated")


def decodes(container: InputContainer, stream: Media) -> bool:
    return next(frame_ends(container, stream, 0.0), None) is not None


def _reached(container: InputContainer, stream: Media) -> float:
    """Where the last frame that can be decoded ends. Raises Refused when there is none."""
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
    """Encoders round, and tracks of one file end apart; a file that was cut off lacks more than this."""
    return end - max(0.5, 0.02 * end)


def is_cut_off(path: str, size: int) -> bool:
    """Whether the file is shorter than its own headers say, or an MP4 without its index."""
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
