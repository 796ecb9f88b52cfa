"""What is known about a media file, and the reasons to refuse one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


def gettext_noop(message: str) -> str:
    """Mark a text for translation.

    Whoever shows it translates it: the child, which has no Django, loads this module too.
    """
    return message


_TEXTS = {
    "not_media": (
        gettext_noop("This is not a video file we can read."),
        gettext_noop("It is not MP4, MOV, MKV, WebM, AVI, MXF or MPEG-TS, even if its name says so."),
        gettext_noop("Export the video as MP4 (H.264 and AAC) and upload that file."),
    ),
    "no_video": (
        gettext_noop("This file has no video."),
        gettext_noop("It contains only sound, perhaps with a cover picture."),
        gettext_noop("Upload the file that contains the video."),
    ),
    "no_audio": (
        gettext_noop("This file has no sound."),
        gettext_noop("Dubbing needs the original voices, but there is no audio track."),
        gettext_noop("Export the video again with its sound and upload that file."),
    ),
    "silent_audio": (
        gettext_noop("This video is silent from beginning to end."),
        gettext_noop("Dubbing needs the voices in the first audio track, but that track is silent."),
        gettext_noop("Export the video again with the voices in its first audio track and upload that file."),
    ),
    "truncated": (
        gettext_noop("This file is damaged or not complete."),
        gettext_noop("It cannot be played to the end. A copy or an export may have been interrupted."),
        gettext_noop("Check that it plays to the end on your computer, then export or copy it again."),
    ),
    "broken_times": (
        gettext_noop("The timestamps in this file are broken."),
        gettext_noop(
            "They state no length, or a length much greater than that of the picture and sound. You would be "
            "charged for minutes that do not exist."
        ),
        gettext_noop("Export it again, with a constant frame rate if you can, and upload that file."),
    ),
    "endless": (
        gettext_noop("According to its timestamps, this file is longer than a day."),
        gettext_noop("They are probably broken. A video of that length cannot be dubbed in one piece."),
        gettext_noop("Check its length on your computer. Then export it again, or cut it into parts."),
    ),
    "empty": (
        gettext_noop("This file is empty."),
        gettext_noop("A copy may have been interrupted."),
        gettext_noop("Check the file on your computer, then upload it again."),
    ),
    "unreadable": (
        gettext_noop("We could not check this file."),
        gettext_noop("Reading it failed, took too long or needed too much memory."),
        gettext_noop(
            "Export it again in a common format (MP4 with H.264 and AAC). If that fails too, contact an administrator."
        ),
    ),
}
_AUDIO_TEXTS = {
    "not_media": (
        gettext_noop("This is not an audio file we can read."),
        gettext_noop("It is not WAV, MP3, M4A, FLAC, OGG, AAC or a video with sound, even if its name says so."),
        gettext_noop("Export the audio as WAV or MP3 and upload that file."),
    ),
    "no_audio": (
        gettext_noop("This file has no sound."),
        gettext_noop("There is no audio track."),
        gettext_noop("Upload the file that contains the music and effects."),
    ),
}


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A file that can be decoded. Width and height are as stored, before `rotation` turns the picture upright.

    Fields added later have a default: older rows lack them.
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
    # One for each audio track: language ("" if unknown), title, channels, codec. The first track is the one we read.
    audio_tracks: list[dict[str, Any]] = field(default_factory=list)
    variable_fps: bool = False
    bits: int = 8  # per colour channel
    hdr: bool = False
    playable: bool = False  # by browsers, as it is

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in pixels as a person sees the picture."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)


class MediaRefused(Exception):
    """The file cannot be used. `message` says what is wrong and why, `remedy` what to do, both in English.

    Codes: `not_media`, `no_video`, `no_audio`, `silent_audio`, `truncated`, `broken_times`, `endless`,
    `empty`, `unreadable`.
    """

    def __init__(self, code: str, wanted: str = "video") -> None:
        self.code = code if code in _TEXTS else "unreadable"
        texts = _TEXTS | _AUDIO_TEXTS if wanted == "audio" else _TEXTS
        self._what, self._why, self.remedy = texts[self.code]
        self.sentences = (self._what, self._why)
        super().__init__(self.code)

    @property
    def message(self) -> str:
        """What is wrong, and why."""
        return f"{self._what} {self._why}"

    def texts(self, translate: Callable[[str], str]) -> dict[str, str]:
        """The texts to store and show: code, message and remedy."""
        message = f"{translate(self._what)} {translate(self._why)}"
        return {"code": self.code, "message": message, "remedy": translate(self.remedy)}

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Waveform:
    """The peak amplitude (0 to 1) in each of many equal parts of `duration` seconds."""

    duration: float
    peaks: list[float]


MP4_PICTURES = frozenset({"h264", "hevc", "av1", "vp9", "mpeg4"})
"""Picture codecs that an MP4 can hold without re-encoding, by `MediaInfo.video_codec`."""


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """The first sound of a file, as a track of another one. ``language``: three letters, as in ISO 639-2."""

    path: str
    language: str
    title: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """Subtitles as a track. ``cues``: start and end in milliseconds, and the text without markup, in order."""

    language: str
    title: str
    cues: list[tuple[int, int, str]]


_RESULT_TEXTS = {
    "too_short": gettext_noop("The final video is shorter than the source."),
    "too_long": gettext_noop("The final video is longer than the source."),
}


@dataclass(frozen=True, slots=True)
class ResultReport:
    """What was found in a dubbed result. `info` is None if it cannot be read; without `problems` it is good.

    Problems are codes: those of MediaRefused, `too_short`, `too_long`.
    """

    info: MediaInfo | None
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def messages(self) -> tuple[str, ...]:
        """The problems in English."""
        return self.texts(str)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The problems as sentences that the translations know: stored for readers of any language."""
        return tuple(
            sentence
            for code in self.problems
            for sentence in ((_RESULT_TEXTS[code],) if code in _RESULT_TEXTS else MediaRefused(code).sentences)
        )

    def texts(self, translate: Callable[[str], str]) -> tuple[str, ...]:
        """The problems in words for people."""
        return tuple(
            translate(_RESULT_TEXTS[code]) if code in _RESULT_TEXTS else MediaRefused(code).texts(translate)["message"]
            for code in self.problems
        )


C2PA_STATES = ("none", "valid", "invalid", "unreadable")
"""No manifest; it fits the file; it does not, or not any more; it cannot be read."""


@dataclass(frozen=True, slots=True)
class C2paManifest:
    """The C2PA manifest in a file. `state`: of C2PA_STATES."""

    state: str
    issuer: str = ""
    """Whom the certificate names, which nobody verified."""
    generator: str = ""
    """The program that made it."""
    problem: str = ""
    """Why it does not fit, as a code of the standard, or which error kept it from being read."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """The process that decodes media: its FFmpeg, and what confines it on this machine."""

    ffmpeg: str
    libavcodec: int
    """The major version, which unlike the version of FFmpeg is always a number."""
    landlock: int
    """The kernel's version of Landlock; 0 if there is none."""
    open: tuple[str, ...]
    """The barriers that this machine does not offer, of BARRIERS."""


BARRIERS = {
    "files": "Landlock is not available. A compromised decoder could read everything that this user can read.",
    "calls": "The system call filter (seccomp) is not available. A compromised decoder could start programs.",
    "network": "A separate network namespace is not available. Only the system call filter keeps the decoder offline.",
}
"""What is open if a barrier around that process is missing."""
