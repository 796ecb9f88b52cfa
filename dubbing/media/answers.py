"""Parse the child's answers. Only the expected shape is accepted, since a decoder may have been taken over."""

import math
from typing import Any

from dubbing.media.objects import BARRIERS, C2PA_STATES, C2paManifest, Decoder, MediaInfo, Waveform

MOST_TRACKS = 16
MOST_PEAKS = 16_000
"""More than any answer contains; a page could not draw that many."""
LONGEST_TEXT = 60
"""Maximum number of characters kept of a name or a title."""

_LARGEST = 2**53
_LONGEST_S = 10 * 365 * 24 * 3600.0


def described(answer: Any) -> MediaInfo:
    """A file as the child describes it. Raises ValueError for anything else."""
    try:
        return MediaInfo(
            container=_text(answer["container"]),
            duration=_seconds(answer["duration"]),
            size=_count(answer["size"]),
            has_video=_sign(answer["has_video"]),
            has_audio=_sign(answer["has_audio"]),
            width=_count(answer["width"]),
            height=_count(answer["height"]),
            fps=_figure(answer["fps"], _LARGEST),
            video_codec=_text(answer["video_codec"]),
            audio_codec=_text(answer["audio_codec"]),
            audio_streams=_count(answer["audio_streams"]),
            rotation=_count(answer["rotation"]),
            bit_rate=_count(answer["bit_rate"]),
            audio_tracks=_tracks(answer["audio_tracks"]),
            variable_fps=_sign(answer["variable_fps"]),
            bits=_count(answer["bits"]),
            hdr=_sign(answer["hdr"]),
            playable=_sign(answer["playable"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a description of a file") from error


def about(before: dict[str, Any], answer: dict[str, Any]) -> Decoder:
    """What the child says about itself, and `before` that about its barriers. Raises ValueError for anything else."""
    try:
        return Decoder(
            ffmpeg=_text(answer["ffmpeg"]),
            libavcodec=_count(answer["libavcodec"]),
            landlock=_count(answer["landlock"]),
            open=left_open(before),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a description of the decoder") from error


def left_open(before: dict[str, Any]) -> tuple[str, ...]:
    """The barriers that the child says are missing."""
    listing = before.get("open")
    return tuple(name for name in BARRIERS if isinstance(listing, list) and name in listing)


def manifest(answer: dict[str, Any]) -> C2paManifest:
    """A C2PA manifest. Raises ValueError for anything else."""
    try:
        if answer["state"] not in C2PA_STATES:
            raise ValueError("not a state of a manifest")
        return C2paManifest(
            answer["state"], _text(answer["issuer"]), _text(answer["generator"]), _text(answer["problem"])
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a manifest") from error


def drawn(answer: dict[str, Any]) -> Waveform:
    """A waveform, with amplitudes clipped to the scale. Raises ValueError."""
    peaks = answer.get("peaks")
    if not isinstance(peaks, list) or len(peaks) > MOST_PEAKS:
        raise ValueError("not a waveform")
    return Waveform(_seconds(answer.get("duration")), [min(1.0, _figure(peak, _LARGEST) / 1000) for peak in peaks])


def loudness_of(answer: dict[str, Any]) -> list[int]:
    """The loudness of a file over time; empty if the answer is none."""
    loudness = answer.get("loudness")
    try:
        return [_count(value) for value in loudness] if isinstance(loudness, list) else []
    except ValueError:
        return []


def _tracks(answer: Any) -> list[dict[str, Any]]:
    if not isinstance(answer, list) or len(answer) > MOST_TRACKS:
        raise ValueError("not a list of tracks")
    return [
        {
            "language": _text(track["language"]),
            "title": _text(track["title"]),
            "channels": _count(track["channels"]),
            "codec": _text(track["codec"]),
        }
        for track in answer
    ]


def _text(value: Any) -> str:
    """The value as one short line, without characters that are invisible or that a database cannot store."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return "".join(character for character in value[: 10 * LONGEST_TEXT] if character.isprintable())[:LONGEST_TEXT]


def _sign(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise ValueError("not a count")
    return value


def _seconds(value: Any) -> float:
    return _figure(value, _LONGEST_S)


def _figure(value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("not a figure")
    if not 0 <= value <= most:
        raise ValueError("a figure that nothing has")
    return float(value)
