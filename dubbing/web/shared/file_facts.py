"""Describe an uploaded file: a line of facts, and warnings before it is dubbed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from dubbing.models import Upload
from dubbing.platform import formatting, locales

# Below this, sound is hard to hear: two hundredths of full scale, about 34 dB below it.
_FAINT = 0.02
_CODECS = {
    "h264": "H.264", "hevc": "HEVC", "prores": "ProRes", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "mpeg4": "MPEG-4",
    "mpeg2video": "MPEG-2", "mjpeg": "Motion JPEG", "dnxhd": "DNxHD", "aac": "AAC", "mp3": "MP3", "mp2": "MP2",
    "opus": "Opus", "vorbis": "Vorbis", "flac": "FLAC", "ac3": "AC-3", "eac3": "E-AC-3", "alac": "ALAC",
}  # fmt: skip
# ISO 639-2 codes, as used in files.
_LANGUAGES = {
    "ara": "ar", "ces": "cs", "chi": "zh", "cmn": "zh", "cze": "cs", "dan": "da", "deu": "de", "dut": "nl",
    "ell": "el", "eng": "en", "fin": "fi", "fra": "fr", "fre": "fr", "ger": "de", "gre": "el", "heb": "he",
    "hin": "hi", "hun": "hu", "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko", "nld": "nl", "nor": "no",
    "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "spa": "es", "swe": "sv", "tha": "th",
    "tur": "tr", "ukr": "uk", "vie": "vi", "zho": "zh",
}  # fmt: skip
_CHANNELS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a file; ``tone`` as for notices: amber for possible problems, grey for the rest."""

    tone: str
    text: str


def facts(upload: Upload) -> str:
    """The file on one line: ``1 min 4 s · 412 MB · 1080×1920 · H.264, AAC · 29.97 fps``."""
    media = upload.media
    codecs = [_codec(str(media.get(name) or "")) for name in ("video_codec", "audio_codec")]
    parts = [
        formatting.duration(upload.duration),
        formatting.size(upload.size),
        _size(media),
        ", ".join(filter(None, codecs)),
        _rate(media),
    ]
    return " · ".join(filter(None, parts))


def remarks(upload: Upload) -> list[Remark]:
    """Answers to what people would ask about it."""
    return [*_sound(upload), *_picture(upload.media)] if upload.status == Upload.Status.COMPLETE else []


def preview_text(upload: Upload) -> Remark | None:
    """Why there is no preview, and what that means; None if there is one."""
    codec = _codec(str(upload.media.get("video_codec") or ""))
    kind = gettext("this kind of file (%(codec)s)") % {"codec": codec} if codec else gettext("this kind of file")
    if upload.is_shown:
        return None
    if upload.preview == Upload.Preview.FAILED:
        text = gettext(
            "Browsers cannot play %(kind)s, and we could not make a preview. You can still dub it and trim it by time. "
            "To watch it here, upload it as MP4 (H.264 and AAC)."
        )
        return Remark("amber", text % {"kind": kind})
    text = gettext(
        "Browsers cannot play %(kind)s, so we are making a preview. It takes about as long as the video and appears "
        "here automatically. You can continue meanwhile: the original is dubbed."
    )
    return Remark("grey", text % {"kind": kind})


def _sound(upload: Upload) -> Iterator[Remark]:
    tracks, loudest = upload.media.get("audio_tracks") or [], upload.media.get("loudest")
    if len(tracks) > 1:
        first = ", ".join(filter(None, (_language(tracks[0]), _channels(tracks[0]))))
        values = {"count": len(tracks), "first": f" ({first})" if first else ""}
        values["others"] = ", ".join(_language(track) or gettext("unnamed") for track in tracks[1:])
        text = gettext(
            "This file has %(count)s audio tracks. Providers use the first one%(first)s. Other tracks: %(others)s. To "
            "dub another track, export it as the first."
        )
        yield Remark("amber", text % values)
    if loudest is not None and loudest < _FAINT:
        text = gettext("The sound is almost silent, so voices may not be detected. Check the volume.")
        if tracks[1:]:
            text = gettext(
                "The sound is almost silent, so voices may not be detected. Check the volume, and whether the voices "
                "are on another track."
            )
        yield Remark("amber", text)


def _picture(media: dict[str, Any]) -> Iterator[Remark]:
    if media.get("rotation"):
        text = gettext("The video is stored rotated by %(degrees)s°, as phones do. It is shown upright here.")
        yield Remark("grey", text % {"degrees": media["rotation"]})
    if media.get("variable_fps"):
        text = gettext(
            "The video has a variable frame rate, as is common with phones and screen recorders. Times are in seconds, "
            "so the trim and subtitles stay in sync."
        )
        yield Remark("grey", text)
    if media.get("hdr") and not media.get("playable"):
        yield Remark("grey", gettext("The video is HDR. The preview has paler colours, but the original is dubbed."))


def _size(media: dict[str, Any]) -> str:
    width, height = media.get("width"), media.get("height")
    if not (width and height):
        return ""
    return f"{height}×{width}" if (media.get("rotation") or 0) % 180 else f"{width}×{height}"


def _rate(media: dict[str, Any]) -> str:
    rate = media.get("fps") or 0
    if not rate or not media.get("has_video", True):
        return ""
    text = gettext("about %(rate)s fps") if media.get("variable_fps") else gettext("%(rate)s fps")
    return text % {"rate": formatting.number(rate, digits=2)}


def _codec(name: str) -> str:
    return "PCM" if name.startswith("pcm_") else _CODECS.get(name, name)


def _language(track: dict[str, Any]) -> str:
    code = str(track.get("language") or "")
    return locales.language_name(_LANGUAGES.get(code, code)) or str(track.get("title") or "")


def _channels(track: dict[str, Any]) -> str:
    count = int(track.get("channels") or 0)
    return _CHANNELS.get(count, f"{count} channels" if count else "")
