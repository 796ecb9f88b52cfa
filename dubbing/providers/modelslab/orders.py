"""The JSON of a request to ModelsLab. https://docs.modelslab.com/voice-cloning/create-dubbing"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from typing import Any

from dubbing.providers.base import AssetOrder, Rejected
from dubbing.providers.modelslab.locales import SOURCES, TARGETS

REQUEST_FIELDS = {
    "init_video": "media_url",
    "source_lang": "source_locale",
    "output_lang": "targets",
    "voice_id": "voice_id",
    "voice_model": "voice_model",
    "speed": "speed",
    "seed": "seed",
}


def body(order: AssetOrder, reachable: Callable[[str], bool], call: str) -> dict[str, Any]:
    """The request for ``order``; raises ``Rejected``, before it costs a request, if ModelsLab cannot carry it out."""
    problem = _problem(order, reachable)
    if problem:
        raise Rejected(problem, call=call)
    wanted = {
        "init_video": order.media_url,
        "source_lang": SOURCES[order.locale],
        "output_lang": TARGETS[order.targets[0].locale],
        "file_prefix": file_prefix(order.reference),
        "track_id": track_id(order.reference),
    }
    if order.callback_url and reachable(order.callback_url):
        wanted["webhook"] = order.callback_url
    return wanted | _voice(order)


def file_prefix(reference: str) -> str:
    """The form of ``reference`` used in the name of the result: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", reference.lower()).strip("-")


def track_id(reference: str) -> int:
    """A positive 31-bit number, always the same for ``reference``: their field is an integer of unknown width."""
    return int.from_bytes(hashlib.sha256(reference.encode()).digest()[:4]) >> 1 or 1


def _problem(order: AssetOrder, reachable: Callable[[str], bool]) -> str:
    return _not_offered(order) or _wrong_options(order) or _wrong_link(order, reachable)


def _not_offered(order: AssetOrder) -> str:
    if len(order.targets) != 1:
        return "ModelsLab takes one target language per job"
    if order.locale not in SOURCES:
        return f"ModelsLab cannot dub from {order.locale[:35]}"
    if order.targets[0].locale not in TARGETS:
        return f"ModelsLab cannot dub into {order.targets[0].locale[:35]}"
    if order.start or order.end is not None:
        return "ModelsLab dubs whole videos: it cannot trim"
    if order.source_srt is not None or order.targets[0].srt is not None:
        return "ModelsLab takes no subtitles"
    if order.background_url or order.background:
        return "ModelsLab takes no background track"
    return "ModelsLab cannot anonymize voices" if order.voice_anonymization else ""


def _wrong_link(order: AssetOrder, reachable: Callable[[str], bool]) -> str:
    if order.video is not None or not order.media_url:
        return "ModelsLab takes no uploads: it needs a public link to the video"
    if not reachable(order.media_url):
        return "ModelsLab cannot reach the link to the video: it must be public https"
    return "" if file_prefix(order.reference) else "the job has no reference to recognize its result by"


def _wrong_options(order: AssetOrder) -> str:
    options = order.options
    if not all(isinstance(options.get(name, ""), str) for name in ("voice_id", "voice_model")):
        return "the voice and its model must be text"
    speed, seed = options.get("speed", 1.0), options.get("seed", 0)
    if isinstance(speed, bool | str) or not 0 < speed < math.inf:
        return "the speed must be a number above 0"
    return "" if isinstance(seed, int) and not isinstance(seed, bool) else "the seed must be a whole number"


def _voice(order: AssetOrder) -> dict[str, Any]:
    """The voice options that are set and that ModelsLab has."""
    names = ("voice_id", "voice_model", "speed", "seed")
    return {name: order.options[name] for name in names if order.options.get(name, "") != ""}
