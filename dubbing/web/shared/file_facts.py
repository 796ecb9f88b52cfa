"""What an uploaded file is, in words: a line of facts, and what is worth knowing before it is dubbed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dubbing.models import Upload
from dubbing.platform import formatting

# Where sound stops being quiet and becomes hard to hear: two hundredths of full scale, some 34 dB below it.
_FAINT = 0.02
_CODECS = {
    "h264": "H.264", "hevc": "HEVC", "prores": "ProRes", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "mpeg4": "MPEG-4",
    "mpeg2video": "MPEG-2", "mjpeg": "Motion JPEG", "dnxhd": "DNxHD", "aac": "AAC", "mp3": "MP3", "mp2": "MP2",
    "opus": "Opus", "vorbis": "Vorbis", "flac": "FLAC", "ac3": "AC-3", "eac3": "E-AC-3", "alac": "ALAC",
}  # fmt: skip
_LANGUAGES = {
    "ara": "Arabic", "ces": "Czech", "chi": "Chinese", "cmn": "Chinese", "cze": "Czech", "dan": "Danish",
    "deu": "German", "dut": "Dutch", "ell": "Greek", "eng": "English", "fin": "Finnish", "fra": "French",
    "fre": "French", "ger": "German", "gre": "Greek", "heb": "Hebrew", "hin": "Hindi", "hun": "Hungarian",
    "ind": "Indonesian", "ita": "Italian", "jpn": "Japanese", "kor": "Korean", "nld": "Dutch", "nor": "Norwegian",
    "pol": "Polish", "por": "Portuguese", "ron": "Romanian", "rum": "Romanian", "rus": "Russian", "spa": "Spanish",
    "swe": "Swedish", "tha": "Thai", "tur": "Turkish", "ukr": "Ukrainian", "vie": "Vietnamese", "zho": "Chinese",
}  # fmt: skip
_CHANNELS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a file; ``tone`` as of notices: amber for what may go wrong, grey for the rest."""

    tone: str
    words: str


def facts(upload: Upload) -> str:
    """What it is, in a line: ``1 min 4 s · 412 MB · 1080×1920 · H.264, AAC · 29.97 fps``."""
    found = upload.media
    codecs = [_codec(str(found.get(name) or "")) for name in ("video_codec", "audio_codec")]
    parts = [
        formatting.duration(upload.duration),
        formatting.size(upload.size),
        _size(found),
        ", ".join(filter(None, codecs)),
        _rate(found),
    ]
    return " · ".join(filter(None, parts))


def remarks(upload: Upload) -> list[Remark]:
    """What people would ask about it, answered."""
    return [*_sound(upload), *_picture(upload.media)] if upload.status == Upload.Status.COMPLETE else []


def preview_words(upload: Upload) -> Remark | None:
    """Why there is no picture to be seen, and what comes of it; None when there is one."""
    codec = _codec(str(upload.media.get("video_codec") or ""))
    kind = f"this kind of file ({codec})" if codec else "this kind of file"
    if upload.is_shown:
        return None
    if upload.preview == Upload.Preview.FAILED:
        return Remark(
            "amber",
            f"Browsers cannot play {kind}, and no copy for them could be made. "
            "It is dubbed all the same: trim by the times. To see it here, bring it as MP4 (H.264 and AAC).",
        )
    return Remark(
        "grey",
        f"Browsers cannot play {kind}. A copy to look at is being made and appears here by "
        "itself, about as quickly as the film plays. You can go on meanwhile; the original is what gets dubbed.",
    )


def _sound(upload: Upload) -> Iterator[Remark]:
    tracks, loudest = upload.media.get("audio_tracks") or [], upload.media.get("loudest")
    if len(tracks) > 1:
        first = ", ".join(filter(None, (_language(tracks[0]), _channels(tracks[0]))))
        used = f"track 1 of {len(tracks)}{f' ({first})' if first else ''} is used, because providers take the first one"
        others = ", ".join(_language(track) or "unnamed" for track in tracks[1:])
        words = f"It has {len(tracks)} audio tracks: {used}. Then come: {others}. "
        yield Remark("amber", words + "To dub another one, export it as the first.")
    if loudest is not None and loudest < _FAINT:
        words = "Its sound is almost silent. Voices may not be found in it: check the volume"
        yield Remark("amber", f"{words}, or whether the voices are on another track." if tracks[1:] else f"{words}.")


def _picture(found: dict[str, Any]) -> Iterator[Remark]:
    if found.get("rotation"):
        words = f"It is stored turned by {found['rotation']}°, as phones do, and shown upright here."
        yield Remark("grey", words)
    if found.get("variable_fps"):
        words = "Its pictures do not come evenly (variable frame rate), as from phones and screen recorders. "
        yield Remark("grey", words + "Times are counted in seconds, so trim and subtitles stay in place.")
    if found.get("hdr") and not found.get("playable"):
        yield Remark("grey", "It is HDR. The copy to look at has paler colours; the original is what gets dubbed.")


def _size(found: dict[str, Any]) -> str:
    width, height = found.get("width"), found.get("height")
    if not (width and height):
        return ""
    return f"{height}×{width}" if (found.get("rotation") or 0) % 180 else f"{width}×{height}"


def _rate(found: dict[str, Any]) -> str:
    rate = found.get("fps") or 0
    about = "about " if found.get("variable_fps") else ""
    return f"{about}{rate:.2f}".rstrip("0").rstrip(".") + " fps" if rate and found.get("has_video", True) else ""


def _codec(name: str) -> str:
    return "PCM" if name.startswith("pcm_") else _CODECS.get(name, name)


def _language(track: dict[str, Any]) -> str:
    code = str(track.get("language") or "")
    return _LANGUAGES.get(code, code) or str(track.get("title") or "")


def _channels(track: dict[str, Any]) -> str:
    count = int(track.get("channels") or 0)
    return _CHANNELS.get(count, f"{count} channels" if count else "")
