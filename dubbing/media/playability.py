"""Which videos browsers can play as they are. All others get a copy (`transcoder`)."""

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

# Eight bits and subsampled colour; we can rely on no browser to decode anything better.
_PIXELS = {"yuv420p", "yuvj420p"}
_PICTURES = {"mp4": {"h264", "av1", "vp9"}, "webm": {"vp8", "vp9", "av1"}}
_SOUNDS = {"mp4": {"aac", "mp3", "opus", "flac"}, "webm": {"opus", "vorbis"}}
_DOCTYPE = bytes.fromhex("4282") + b"\x84webm"


def plays(container: InputContainer, video: VideoStream | None, audio: AudioStream | None) -> bool:
    """Whether browsers play the video with its sound."""
    kind = _kind(container)
    if video is None or audio is None or not (video.codec_context and audio.codec_context) or kind not in _PICTURES:
        return False
    if video.index != min(stream.index for stream in container.streams.video):
        return False  # they would show the cover, or nothing
    codec, sound = video.codec_context.codec.canonical_name, audio.codec_context.codec.canonical_name
    return codec in _PICTURES[kind] and sound in _SOUNDS[kind] and video.codec_context.pix_fmt in _PIXELS


def is_plain_h264(video: VideoStream) -> bool:
    """Whether the pictures can be copied without re-encoding."""
    context = video.codec_context
    return bool(context) and context.codec.canonical_name == "h264" and context.pix_fmt in _PIXELS


def bits_of(video: VideoStream) -> int:
    """Bits per colour channel: 8 for nearly all videos."""
    form = video.codec_context.format if video.codec_context else None
    return max((component.bits for component in form.components), default=8) if form else 8


def _kind(container: InputContainer) -> str:
    if "mp4" in container.format.name.split(","):
        return "mp4"
    # The reader treats WebM and Matroska as one format; the file itself says which one it is.
    with open(container.name.removeprefix("file:"), "rb") as file:
        return "webm" if _DOCTYPE in file.read(256) else ""
