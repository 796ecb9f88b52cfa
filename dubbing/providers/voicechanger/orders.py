"""The JSON of a request to VoiceChangerAPI. https://voicechanger.co/ar/voice-changer-api/dubbing"""

from __future__ import annotations

import mimetypes
import re

from dubbing.providers.base import AssetOrder, LocalFile, Rejected
from dubbing.providers.voicechanger.locales import SOURCES, TARGETS

REQUEST_FIELDS = {"source_language": "source_locale", "target_language": "targets", "notes": "notes"}
_VIDEO = re.compile(r"video/[A-Za-z0-9.+-]+")


def checked(order: AssetOrder) -> LocalFile:
    """The video to send; raises ``Rejected`` for an order that cannot be carried out as it is.

    That applies to anything that would come back different from what was ordered, and be paid for. Mere hints that
    cannot be passed on (speakers, the source's subtitles, lips, a callback address) are left out.
    """
    problem = _problem_with_locales(order) or _problem_with_options(order)
    if problem:
        raise Rejected(problem)
    if order.video is None:
        raise Rejected("VoiceChangerAPI takes no links: it needs the video itself")
    return order.video


def body(order: AssetOrder) -> dict[str, str]:
    """The request that starts the job, always with both languages, since it is unknown what happens without."""
    languages = {"source_language": SOURCES[order.locale], "target_language": TARGETS[order.targets[0].locale]}
    notes = str(order.options.get("notes") or "").strip()
    return {**languages, "notes": notes} if notes else languages


def content_type(video: LocalFile) -> str:
    """The content type that the upload is signed for: the file's own, or that of its name if it has none."""
    known = (video.content_type, mimetypes.guess_type(video.name)[0] or "")
    return next(filter(_VIDEO.fullmatch, known), "video/mp4")


def _problem_with_locales(order: AssetOrder) -> str:
    if len(order.targets) != 1:
        return "VoiceChangerAPI takes one language per job"
    source, target = SOURCES.get(order.locale), TARGETS.get(order.targets[0].locale)
    if source is None:
        return f"VoiceChangerAPI cannot dub from {order.locale[:35]}"
    if target is None:
        return f"VoiceChangerAPI cannot dub into {order.targets[0].locale[:35]}"
    return "VoiceChangerAPI treats source and target as the same language" if source == target else ""


def _problem_with_options(order: AssetOrder) -> str:
    if order.start is not None or order.end is not None:
        return "VoiceChangerAPI dubs whole videos: it cannot trim"
    if order.targets[0].srt is not None:
        return "VoiceChangerAPI takes no subtitles"
    if order.background or order.background_url:
        return "VoiceChangerAPI takes no background audio"
    return "VoiceChangerAPI cannot anonymize voices" if order.voice_anonymization is not None else ""
