"""Opening files without being led elsewhere, and finding out whether they can be dubbed."""

from array import array
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,mxf,flv,asf,ogg,wav,mp3,aac,flac"
_SILENCE = 100  # of 32767


class MediaError(Exception):
    """The file cannot be dubbed; `code` is a documented asset error code."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both parts."""
        super().__init__(message)
        self.code = code


def open_media(path: Path) -> InputContainer:
    """Open a file as a real container: playlists and scripts that point elsewhere are refused."""
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(f"file:{path.absolute()}", options=options)
    except (av.FFmpegError, ValueError) as error:
        raise MediaError("unsupported_media", "the file is not a video that can be read") from error


def video_of(container: InputContainer) -> VideoStream:
    """The moving picture; cover art does not count."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    raise MediaError("unsupported_media", "the file has no video stream")


def length_of(container: InputContainer) -> float:
    """Seconds of film."""
    if container.duration is None:
        raise MediaError("unsupported_media", "the file does not say how long it is")
    return container.duration / av.time_base


def go_to(container: InputContainer, seconds: float) -> None:
    """Jump to a key frame at or before a time. A transport stream has no index and is read from its start."""
    if seconds > 0 and container.format.name != "mpegts":
        container.seek(int(seconds * av.time_base) + (container.start_time or 0))


def probe(
    path: str, start: float | None, end: float | None, max_seconds: float | None, may_be_silent: bool, trim_error: str
) -> float:
    """The duration of a source that can be dubbed; MediaError says why it cannot."""
    with open_media(Path(path)) as container:
        video_of(container)
        if not container.streams.audio:
            raise MediaError("missing_audio_track", "the video has no audio track")
        duration = length_of(container)
        if max_seconds is not None and duration > max_seconds:
            raise MediaError("video_duration_limit_reached", f"the video is longer than {max_seconds} seconds")
        _check_trim(start, end, duration, trim_error)
        _check_pictures(container, duration)
    if not may_be_silent and _is_silent(Path(path), start or 0.0, end or duration):
        raise MediaError("empty_transcript", "no speech was found")
    return duration


def _check_trim(start: float | None, end: float | None, duration: float, code: str) -> None:
    first, last = start or 0.0, duration if end is None else end
    if first < 0 or first >= duration or last > duration + 0.05 or last <= first:
        raise MediaError(code, f"the trim {first}-{last} is not inside the video of {duration:.3f} seconds")


def _check_pictures(container: InputContainer, duration: float) -> None:
    """Decode a little at both ends: a truncated file still has a perfect index."""
    stream = video_of(container)
    try:
        for at in (0.0, duration - 1.0):
            go_to(container, at)
            if next(container.decode(stream), None) is None:
                raise MediaError("unsupported_media", "the video stream cannot be decoded")
    except av.FFmpegError as error:
        raise MediaError("unsupported_media", "the video stream cannot be decoded") from error


def _is_silent(path: Path, start: float, end: float) -> bool:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
    with open_media(path) as container:
        zero = container.start_time or 0
        go_to(container, start)
        for frame in container.decode(audio=0):
            at = (frame.time or 0.0) - zero / av.time_base
            if at >= end:
                break
            for piece in resampler.resample(frame) if at >= start else ():
                samples = array("h", bytes(piece.planes[0])[: piece.samples * 2])
                if max(samples, default=0) > _SILENCE:
                    return False
    return True
