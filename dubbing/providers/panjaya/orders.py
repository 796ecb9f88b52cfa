"""The JSON of a request to Panjaya. https://docs.panjaya.ai/apis/assets"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dubbing.providers.base import AssetOrder, Rejected, Target

LONGEST_NAME = 255
REQUEST_FIELDS = {
    "name": "name",
    "locale": "source_locale",
    "languages": "targets",
    "srt": "target_srt",
    "media_url": "media_url",
    "background_url": "background_url",
    "speakers_count": "speakers",
    "start_time": "start",
    "end_time": "end",
    "auto_generate": "auto_generate",
    "lips_model": "lips_model",
    "voice_anonymization": "voice_anonymization",
    "source_srt": "source_srt",
}


def body(order: AssetOrder) -> dict[str, Any]:
    """The request for ``order``, without what is not set."""
    options = {
        "media_url": order.media_url,
        "background_url": None if order.background else order.background_url,
        "callback_url": order.callback_url,
        "speakers_count": order.speakers,
        "start_time": order.start,
        "end_time": order.end,
        "lips_model": order.lips_model,
        "voice_anonymization": order.voice_anonymization,
        "source_srt": order.source_srt,
    }
    set_options = {key: value for key, value in options.items() if value is not None}
    return (
        {"name": order.name[:LONGEST_NAME], "locale": order.locale}
        | added(order.targets, order.auto_generate)
        | set_options
    )


def added(targets: tuple[Target, ...], auto_generate: str) -> dict[str, Any]:
    """The request for dubbings in ``targets``."""
    return {"languages": [_language(target) for target in targets], "auto_generate": auto_generate}


def _language(target: Target) -> dict[str, str]:
    return {"locale": target.locale} if target.srt is None else {"locale": target.locale, "srt": target.srt}


def check(order: AssetOrder, reachable: Callable[[str], bool], call: str) -> None:
    """Raise ``Rejected``, before it costs a request, for an order that Panjaya cannot carry out."""
    if (order.media_url is None) == (order.video is None):
        raise Rejected("an asset needs either a link to its video or the video itself", call=call)
    if order.background and not order.video:
        raise Rejected("a background file can only be sent together with the video itself", call=call)
    for name in ("media_url", "background_url", "callback_url"):
        url = getattr(order, name)
        if url is not None and not reachable(url):
            raise Rejected(f"the provider cannot reach the {name}: it must be public https", call=call)
