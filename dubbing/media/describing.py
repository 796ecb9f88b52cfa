"""What a file is, in plain figures. All times are seconds."""

from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .reading import Media, end_of, packets, pictures, starts_at


def info(container: InputContainer, video: VideoStream | None, audio: AudioStream | None, size: int) -> dict[str, Any]:
    return {
        "container": _container_name(container),
        "duration": _duration(container, [stream for stream in (video, audio) if stream]),
        "size": size,
        "has_video": video is not None,
        "has_audio": audio is not None,
        "width": video.width if video else 0,
        "height": video.height if video else 0,
        "fps": float(video.average_rate or video.guessed_rate or 0) if video else 0.0,
        "video_codec": _codec(video),
        "audio_codec": _codec(audio),
        "audio_streams": len(container.streams.audio),
        "rotation": _rotation(container, video) if video else 0,
        "bit_rate": container.bit_rate or 0,
    }


def _container_name(container: InputContainer) -> str:
    names = {"mov,mp4,m4a,3gp,3g2,mj2": "mp4", "matroska,webm": "matroska"}
    return names.get(container.format.name, container.format.name)


def _codec(stream: Media | None) -> str:
    return stream.codec_context.codec.canonical_name if stream and stream.codec_context else ""


def _duration(container: InputContainer, streams: list[Media]) -> float:
    if container.duration and container.duration > 0:
        return container.duration / av.time_base
    # Recordings of browsers state none: it is where their last packet ends.
    ends = (end_of(packet) for stream in streams for packet in packets(container, stream, 0.0))
    return max(0.0, max(ends, default=0.0) - starts_at(container))


def _rotation(container: InputContainer, video: VideoStream) -> int:
    frame = next(pictures(container, video, 0.0), None)
    return clockwise(frame) if frame else 0


def clockwise(frame: VideoFrame) -> int:
    return round(-frame.rotation / 90) * 90 % 360
