"""Reading one file with FFmpeg: opening it safely, its streams, packets and frames. All times are seconds."""

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

# Processor time for one look at one place; after that, what was decoded so far has to do.
_LOOK_CPU_S = 4.0
# What photographs are kept in; films are too, but then there are several pictures.
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
            # Every further thread costs a stack and an arena of address space, and saves nothing on a few frames.
            stream.codec_context.thread_count = 1
    return container


def streams(container: InputContainer) -> tuple[VideoStream | None, AudioStream | None]:
    """The film and its sound. A picture that stands still, as covers do, is no film, whatever its track says."""
    return _film(container), next(iter(container.streams.audio), None)


def _film(container: InputContainer) -> VideoStream | None:
    pictures = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not pictures or (len(pictures) == 1 and not _may_be_a_picture(pictures[0])):
        return next(iter(pictures), None)
    numbers = _pictures_in(container, pictures)
    moving = [stream for stream in pictures if numbers[stream.index] > 1]
    # A recording of a voice over one picture is a film to whoever made it; over a photograph, it is a cover.
    films = [stream for stream in moving or pictures if not _may_be_a_picture(stream)] or moving
    return next(iter(films), None)


def _may_be_a_picture(stream: VideoStream) -> bool:
    return stream.codec_context is not None and stream.codec_context.codec.canonical_name in _PICTURE_CODECS


def _pictures_in(container: InputContainer, films: list[VideoStream]) -> dict[int, int]:
    """How many pictures each track has, as the container says, or in its first part."""
    if all(film.frames for film in films):
        return {film.index: film.frames for film in films}
    numbers = dict.fromkeys((film.index for film in films), 0)
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
    """Packets from a key frame before `start` on, as far as the file can be read."""
    # Without an index there is only reading on from where we are, and a fresh file is at its beginning.
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
    """Decode on from a key frame before `start`, giving the time at which each frame ends."""
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
    """When a packet or a frame ends."""
    at = item.dts if item.pts is None else item.pts
    return float((at or 0) + (item.duration or 0)) * float(item.time_base or 0)


def starts_at(container: InputContainer) -> float:
    return (container.start_time or 0) / av.time_base


def length(container: InputContainer) -> float:
    """How long the whole is, as the container says it; 0 when it says nothing."""
    stated = (container.duration or 0) / av.time_base
    start = starts_at(container)
    if "matroska" not in formats(container) or not 1 < start < stated:
        return stated
    # Recordings that began in the middle of a broadcast: some say when they end, some how long they are.
    last = max((end_of(packet) for packet in _packets_from(container, stated)), default=0.0)
    return stated if last > stated + 1 else stated - start


def _packets_from(container: InputContainer, start: float) -> "Iterator[Packet[Any]]":
    """Some packets from a key frame before `start` on, of any track."""
    with suppress(FFmpegError):
        container.seek(round(start * av.time_base))
        yield from islice((packet for packet in container.demux() if packet.size), _COUNTED_PACKETS)


def file_ends_at(container: InputContainer) -> float:
    return starts_at(container) + length(container)


def ends_at(container: InputContainer, stream: Media) -> float:
    if stream.duration and stream.time_base:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    return file_ends_at(container)
