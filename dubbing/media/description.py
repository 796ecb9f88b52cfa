"""Describe a media file in plain numbers. All times are seconds."""

from itertools import pairwise
from typing import Any

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from dubbing.media.answers import LONGEST_TEXT, MOST_TRACKS
from dubbing.media.playability import bits_of, plays
from dubbing.media.reader import Media, end_of, length, packets, pictures, starts_at

# Transfer functions of HDR: PQ (SMPTE ST 2084) and HLG.
_HDR = {16, 18}
# Frames per second; anything above was counted wrongly.
_FASTEST = 1000
# How many packets of a video are read to tell whether its frames come at even intervals.
_PACED_PACKETS = 300
_PACED_BYTES = 32 * 1024**2


def info(
    container: InputContainer, video: VideoStream | None, audio: AudioStream | None, *, size: int, lasts: float
) -> dict[str, Any]:
    return {
        "container": _container_name(container),
        "duration": lasts,
        "size": size,
        "has_video": video is not None,
        "has_audio": audio is not None,
        "width": video.width if video else 0,
        "height": video.height if video else 0,
        "fps": _fps(video) if video else 0.0,
        "video_codec": _codec(video),
        "audio_codec": _codec(audio),
        "audio_streams": len(container.streams.audio),
        "rotation": _rotation(container, video) if video else 0,
        "bit_rate": container.bit_rate or 0,
        "audio_tracks": [_track(stream) for stream in container.streams.audio[:MOST_TRACKS]],
        "variable_fps": _is_uneven(container, video) if video else False,
        "bits": bits_of(video) if video else 8,
        "hdr": bool(video and video.codec_context and video.codec_context.color_trc in _HDR),
        "playable": plays(container, video, audio),
    }


def _track(stream: AudioStream) -> dict[str, Any]:
    language = (stream.language or "").strip().lower()
    return {
        "language": "" if language in {"und", "mis", "zxx"} else language[:LONGEST_TEXT],
        "title": " ".join(stream.metadata.get("title", "").split())[:LONGEST_TEXT],
        "channels": stream.codec_context.channels if stream.codec_context else 0,
        "codec": _codec(stream),
    }


def _is_uneven(container: InputContainer, video: VideoStream) -> bool:
    """Whether frames are shown for different times. Clocks round, and one lost frame is no pattern."""
    if container.format.name == "avi":
        return False  # it has no clock and counts frames
    moments = sorted(_moments(container, video))
    # The last ones may have neighbours that come later in the file.
    steps = sorted(after - before for before, after in pairwise(moments[:-8]))
    if len(steps) < 8:
        return False
    usual = steps[len(steps) // 2]
    odd = sum(abs(step - usual) > 0.25 * usual + 0.002 for step in steps)
    average = float(video.average_rate or 0)
    return odd > max(2, 0.02 * len(steps)) or bool(average and usual and abs(average * usual - 1) > 0.05)


def _moments(container: InputContainer, video: VideoStream) -> list[float]:
    moments, seen = [], 0
    for packet in packets(container, video, 0.0):
        if packet.pts is not None:
            moments.append(float(packet.pts * (video.time_base or 0)))
        seen += packet.size
        if len(moments) >= _PACED_PACKETS or seen > _PACED_BYTES:
            break
    return moments


def _container_name(container: InputContainer) -> str:
    names = {"mov,mp4,m4a,3gp,3g2,mj2": "mp4", "matroska,webm": "matroska"}
    return names.get(container.format.name, container.format.name)


def _codec(stream: Media | None) -> str:
    return stream.codec_context.codec.canonical_name if stream and stream.codec_context else ""


def _fps(video: VideoStream) -> float:
    rate = float(video.average_rate or video.guessed_rate or 0)
    return rate if 0 < rate <= _FASTEST else 0.0


def duration(container: InputContainer, streams: list[Media]) -> float:
    """The duration in seconds."""
    stated = length(container)
    if stated > 0:
        return stated
    # Recordings from browsers state no duration: it is where their last packet ends.
    ends = (end_of(packet) for stream in streams for packet in packets(container, stream, 0.0))
    return max(0.0, max(ends, default=0.0) - starts_at(container))


def _rotation(container: InputContainer, video: VideoStream) -> int:
    frame = next(pictures(container, video, 0.0), None)
    return clockwise(frame) if frame else 0


def clockwise(frame: VideoFrame) -> int:
    return round(-frame.rotation / 90) * 90 % 360
