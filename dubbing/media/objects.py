"""What is known about a media file, and why one is refused."""

from dataclasses import dataclass, field
from typing import Any

_TEXTS = {
    "not_media": (
        "This is not a video file we can read.",
        "It is not MP4, MOV, MKV, WebM, AVI, MXF or MPEG-TS, whatever its name says.",
        "Export the video as MP4 (H.264 and AAC) and upload that file.",
    ),
    "no_video": (
        "There is no video in this file.",
        "It contains only sound, perhaps with a cover picture.",
        "Upload the file that contains the video.",
    ),
    "no_audio": (
        "There is no sound in this file.",
        "Dubbing starts from the voices of the original, and no audio track was found.",
        "Export the video again with its sound and upload that file.",
    ),
    "silent_audio": (
        "This video is silent from beginning to end.",
        "Dubbing starts from the voices in the first audio track, and that track is silent.",
        "Export the video again with the voices in its first audio track and upload that file.",
    ),
    "truncated": (
        "This file is damaged or not complete.",
        "It cannot be played to its end, as happens when a copy or an export was cut off.",
        "Check that it plays to the end on your computer, then export or copy it again.",
    ),
    "broken_times": (
        "The times in this file are broken.",
        "It says that it is much longer than its picture and its sound are, or it states no length at all. "
        "Minutes would be counted for what is not there.",
        "Export it again, with a constant frame rate if your program asks, and upload that file.",
    ),
    "endless": (
        "This file says that it lasts longer than a day.",
        "Most likely its times are broken; nothing of that length can be dubbed in one piece.",
        "Check how long it plays on your computer, then export it again, or cut it into parts.",
    ),
    "empty": (
        "This file is empty.",
        "It has no content at all, as happens when a copy was cut off at once.",
        "Check the file on your computer, then upload it again.",
    ),
    "unreadable": (
        "This file could not be checked.",
        "Reading it failed, took too long or needed too much memory.",
        "Export it again in a common format (MP4 with H.264 and AAC); if that fails too, ask for help.",
    ),
}
_AUDIO_TEXTS = {
    "not_media": (
        "This is not an audio file we can read.",
        "It is not WAV, MP3, M4A, FLAC, OGG, AAC or a video with sound, whatever its name says.",
        "Export the audio as WAV or MP3 and upload that file.",
    ),
    "no_audio": (
        "There is no sound in this file.",
        "No audio track was found in it.",
        "Upload the file that contains the music and effects.",
    ),
}


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A file that can be decoded. Width and height are as stored, before `rotation` turns the picture upright.

    What came later has a default: older rows do not have it.
    """

    container: str
    duration: float  # seconds
    size: int  # bytes
    has_video: bool
    has_audio: bool
    width: int  # pixels, 0 without video
    height: int
    fps: float  # 0.0 when unknown
    video_codec: str
    audio_codec: str
    audio_streams: int
    rotation: int  # degrees clockwise: 0, 90, 180 or 270
    bit_rate: int  # bits per second
    # Each of the audio tracks: language ("" when unknown), title, channels, codec. The first one is the one we look at.
    audio_tracks: list[dict[str, Any]] = field(default_factory=list)
    variable_fps: bool = False
    bits: int = 8  # per colour
    hdr: bool = False
    playable: bool = False  # by browsers, as it is

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in pixels as a person sees them."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)


class MediaRefused(Exception):
    """The file cannot be used. `message` says what is wrong and why, `remedy` what to do about it.

    Codes: `not_media`, `no_video`, `no_audio`, `silent_audio`, `truncated`, `broken_times`, `endless`,
    `empty`, `unreadable`.
    """

    def __init__(self, code: str, wanted: str = "video") -> None:
        self.code = code if code in _TEXTS else "unreadable"
        texts = _TEXTS | _AUDIO_TEXTS if wanted == "audio" else _TEXTS
        what, why, self.remedy = texts[self.code]
        self.message = f"{what} {why}"
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Waveform:
    """The loudest amplitude (0 to 1) in each of many equal parts of `duration` seconds."""

    duration: float
    peaks: list[float]


_RESULT_TEXTS = {
    "too_short": "The result is shorter than the source.",
    "too_long": "The result is longer than the source.",
}


@dataclass(frozen=True, slots=True)
class ResultReport:
    """How a dubbed result looks. `info` is None when it cannot be read; no `problems` means that it is good.

    Problems are codes: those of MediaRefused, `too_short`, `too_long`.
    """

    info: MediaInfo | None
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def messages(self) -> tuple[str, ...]:
        """The problems in words for people."""
        return tuple(_RESULT_TEXTS.get(code) or MediaRefused(code).message for code in self.problems)
