"""Describe what a provider can and cannot do, from its capabilities and never from its name."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext, gettext_noop

from dubbing import providers
from dubbing.drafts.provider_fit import FIELDS, LeftOut
from dubbing.platform import formatting, locales

FEATURES = {
    "links": gettext_noop("links"),
    "trim": gettext_noop("trim"),
    "target_srt": gettext_noop("subtitles"),
    "source_srt": gettext_noop("transcript"),
    "lips": gettext_noop("lip sync"),
    "voice_anonymization": gettext_noop("voice anonymization"),
    "speakers": gettext_noop("number of speakers"),
    "background": gettext_noop("background sound"),
    "studio": gettext_noop("studio editing"),
    "voice": gettext_noop("choice of voice"),
    "notes": gettext_noop("notes"),
}
_EVERYBODY_MISSES = {"voice", "notes"}  # extras: only mentioned if somebody entered something for them


def limits(provider: str) -> str:
    """What the provider cannot do, in one sentence; empty if it can do everything."""
    can, label = providers.capabilities(provider), providers.label(provider)
    missing = [
        gettext(message)
        for name, message in FEATURES.items()
        if name not in _EVERYBODY_MISSES and not getattr(can, name)
    ]
    if can.several_locales and not missing:
        return ""
    message = gettext("%(provider)s dubs each language separately and does not support %(features)s.")
    if can.several_locales:
        message = gettext("%(provider)s does not support %(features)s.")
    elif not missing:
        message = gettext("%(provider)s dubs each language separately.")
    return message % {"provider": label, "features": _listed(missing, either=True) if missing else ""}


def left_out_text(left: LeftOut, provider: str) -> str:
    """What was entered for another provider and is not sent to this one, in one or two sentences; or empty."""
    label, names = providers.label(provider), []
    if left.features:
        features = _listed((gettext(FEATURES[name]) for name in left.features), either=True)
        message = gettext("%(provider)s does not support %(features)s, so these settings are not sent.")
        names.append(message % {"provider": label, "features": features})
    if left.source:
        message = gettext("%(provider)s does not dub from %(language)s. Choose another source language.")
        names.append(message % {"provider": label, "language": locales.display_name(left.source)})
    if left.targets:
        message = gettext("%(provider)s does not dub into %(languages)s.")
        languages = _listed(map(locales.display_name, left.targets), either=True)
        names.append(message % {"provider": label, "languages": languages})
    return " ".join(names)


def refusals(left: LeftOut, provider: str) -> list[str]:
    """Why this cannot be sent as requested: one message for each thing that the provider cannot do."""
    label = providers.label(provider)
    features = [name for name in left.features if name != "links"]  # the link has a field, which reports it
    message = gettext("%(provider)s does not support %(feature)s. Remove %(fields)s.")
    return [
        message % {"provider": label, "feature": gettext(FEATURES[name]), "fields": _listed(_asked_for(name))}
        for name in features
    ]


def _asked_for(feature: str) -> list[str]:
    special = {
        "target_srt": [gettext("the subtitles")],
        "lips": ["auto_generate with_lips"],
        "studio": ["auto_generate off"],
    }
    return special.get(feature) or list(FIELDS[feature])


def _listed(names: Iterable[str], *, either: bool = False) -> str:
    return formatting.enumeration(names, either=either)
