"""Read one file with FFmpeg: open it safely, and read its streams, packets and frames. All times are seconds."""

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

VIDEO_FORMATS = {"mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "mpegts", "avi", "mxf"}
AUDIO_FORMATS = {"wav", "mp3", "flac", "ogg", "aac"}

# Processor time for reading one place; after that, what was decoded so far has to do.
_LOOK_CPU_S = 4.0
# Formats of photographs; also of videos, which then have several pictures.
_PICTURE_CODECS = {"png", "mjpeg", "bmp", "gif", "webp", "tiff"}
_COUNTED_PACKETS = 2000

Media = VideoStream | AudioStream


class Refused(Exception):
    """The file is not what was asked for; the argument is the code."""


def opened(path: str, code: str) -> InputContainer:
    options = {"format_whitelist": ",".join(sorted(VIDEO_FORMATS | AUDIO_FORMATS)), "protocol_whitelist": "file"}
    try:
        container = av.open(f"file:{path}", options=options, metadata_errors="replace")
    except MemoryError:
        raise
    except FFmpegError as error:
        raise Refused(code) from error
    for stream in container.streams:
        if isinstance(stream, Media) and stream.codec_context:
            # Every further thread costs a stack and a large piece of address space, and saves nothing on a few frames.
            stream.codec_context.thread_count = 1
    return container


def streams(container: InputContainer) -> tuple[VideoStream | None, AudioStream | None]:
    """The video and audio streams. A still picture, such as a cover, is no video, whatever its track says."""
    return _video_stream(container), next(iter(container.streams.audio), None)


def _video_stream(container: InputContainer) -> VideoStream | None:
    pictures = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not pictures or (len(pictures) == 1 and not _may_be_a_picture(pictures[0])):
        return next(iter(pictures), None)
    numbers = _pictures_in(container, pictures)
    moving = [stream for stream in pictures if numbers[stream.index] > 1]
    # A voice recording over one picture is a video to whoever made it; if the picture is a photograph, it is a cover.
    streams = [stream for stream in moving or pictures if not _may_be_a_picture(stream)] or moving
    return next(iter(streams), None)


def _may_be_a_picture(stream: VideoStream) -> bool:
    return stream.codec_context is not None and stream.codec_context.codec.canonical_name in _PICTURE_CODECS


def _pictures_in(container: InputContainer, streams: list[VideoStream]) -> dict[int, int]:
    """The number of pictures in each track, as stated by the container or counted in its first part."""
    if all(stream.frames for stream in streams):
        return {stream.index: stream.frames for stream in streams}
    numbers = dict.fromkeys((stream.index for stream in streams), 0)
    with suppress(FFmpegError):
        for packet in islice(container.demux(), _COUNTED_PACKETS):
            if packet.size and packet.stream_index in numbers:
                numbers[packet.stream_index] += 1
    with suppress(FFmpegError):
        container.seek(container.start_time or 0)
    return numbers


def formats(container: InputContainer) -> set[str]:
    return set(container.format.name.split(","))


def packets(container: InputContainer, stream: Media, start: float) -> "Iterator[Packet[Any]]":
    """Packets starting at a key frame before `start`, as far as the file can be read."""
    # Without an index we can only read on from where we are, and a fresh file is at its beginning.
    with suppress(FFmpegError):
        container.seek(round(start * av.time_base))
    try:
        yield from container.demux(stream)
    except FFmpegError:
        return


def decoded(packet: "Packet[Any]") -> list[Any]:
    try:
        return packet.decode()
    except MemoryError:
        raise
    except FFmpegError:
        return []


def frame_ends(container: InputContainer, stream: Media, start: float) -> Iterator[float]:
    """Decode starting at a key frame before `start`, and yield the time at which each frame ends."""
    enough = time.process_time() + _LOOK_CPU_S
    has_decoded = False
    for packet in packets(container, stream, start):
        if has_decoded and time.process_time() > enough:
            yield end_of(packet)
            continue
        for frame in decoded(packet):
            has_decoded = True
            yield end_of(frame)


def pictures(container: InputContainer, video: VideoStream, start: float) -> Iterator[VideoFrame]:
    for packet in packets(container, video, start) if video.codec_context else ():
        yield from decoded(packet)


def end_of(item: Any) -> float:
    """The end of a packet or a frame."""
    at = item.dts if item.pts is None else item.pts
    return float((at or 0) + (item.duration or 0)) * float(item.time_base or 0)


def starts_at(container: InputContainer) -> float:
    return (container.start_time or 0) / av.time_base


def length(container: InputContainer) -> float:
    """The length of the whole file as the container states it; 0 if it states none."""
    stated = (container.duration or 0) / av.time_base
    start = starts_at(container)
    if "matroska" not in formats(container) or not 1 < start < stated:
        return stated
    # Recordings that began in the middle of a broadcast: some state their end, some their length.
    last = max((end_of(packet) for packet in _packets_from(container, stated)), default=0.0)
    return stated if last > stated + 1 else stated - start


def _packets_from(container: InputContainer, start: float) -> "Iterator[Packet[Any]]":
    """Some packets of any track, starting at a key frame before `start`."""
    with suppress(FFmpegError):
        container.seek(round(start * av.time_base))
        yield from islice((packet for packet in container.demux() if packet.size), _COUNTED_PACKETS)


def file_ends_at(container: InputContainer) -> float:
    return starts_at(container) + length(container)


def ends_at(container: InputContainer, stream: Media) -> float:
    if stream.duration and stream.time_base:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    return file_ends_at(container)
