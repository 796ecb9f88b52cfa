"""What a submission was sent with, as one JSON object: the asset's columns that shape a dub, and the texts it had.

If a language is sent again with other settings, only that language gets them: those already done were made with the
asset's. A request that was superseded keeps what it was sent with, whatever the asset says later. ``{}`` stands for the
asset's own settings. The source is not among them: another video is another asset.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from dubbing.models.assets import Asset

_NUMBER = (int, float, type(None))
_FORMS: dict[str, tuple[type, ...]] = {
    "source_locale": (str,),
    "source_srt": (str,),
    "background_id": (str, type(None)),
    "background_url": (str,),
    "start": _NUMBER,
    "end": _NUMBER,
    "speakers": _NUMBER,
    "auto_generate": (str,),
    "lips_model": (str,),
    "voice_anonymization": _NUMBER,
    "options": (dict,),
    "consent": (str,),
    "override_reason": (str,),
    "overridden_by_id": _NUMBER,
}
COLUMNS = tuple(_FORMS)
_OVERRIDE = ("override_reason", "overridden_by_id")
_TEXTS = "texts"


def is_setting(name: str, value: Any) -> bool:
    """Whether a stored setting of this name can have this value. Other values read as not stored."""
    forms = (dict,) if name == _TEXTS else _FORMS.get(name)
    return forms is None or (isinstance(value, forms) and not isinstance(value, bool))


def of_asset(asset: Asset) -> dict[str, Any]:
    """The current settings of an asset."""
    settings = {name: getattr(asset, name) for name in COLUMNS}
    return settings | {"background_id": str(asset.background_id) if asset.background_id else None}


def applied(asset: Asset, sent: Mapping[str, Any]) -> Asset:
    """The asset as it would be with these settings, for reading only; never save it."""
    if not any(name in sent for name in COLUMNS):
        return asset
    like = copy.copy(asset)
    for name in COLUMNS:
        if name in sent:
            setattr(like, name, sent[name])
    return like


def with_texts(sent: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """These settings together with the subtitles (SRT) of each language."""
    return {**sent, _TEXTS: dict(texts)}


def texts_of(sent: Mapping[str, Any]) -> dict[str, str]:
    """The subtitles that each language was sent with; empty if they are still the language's current ones."""
    texts = sent.get(_TEXTS)
    return {str(code): str(text) for code, text in texts.items()} if isinstance(texts, dict) else {}


def differing(mine: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    """The names of columns that differ between the two."""
    return [name for name in COLUMNS if mine.get(name) != others.get(name)]


def of_the_dub(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Those of these settings that shape the dub; leaves out why a policy was overridden."""
    return {name: value for name, value in sent.items() if name in COLUMNS and name not in _OVERRIDE}


def fingerprint(value: object) -> str:
    """A short text that is the same for equal settings, or for equal text."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
