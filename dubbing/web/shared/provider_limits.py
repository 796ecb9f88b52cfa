"""What a provider can and cannot do, in sentences: made from its capabilities, never from its name."""

from __future__ import annotations

from collections.abc import Iterable

from dubbing import providers
from dubbing.drafts.provider_fit import FIELDS, LeftOut
from dubbing.platform import locales

FEATURES = {
    "links": "links",
    "trim": "trim",
    "target_srt": "subtitles",
    "source_srt": "transcript",
    "lips": "lip sync",
    "voice_anonymization": "voice anonymization",
    "speakers": "number of speakers",
    "background": "background sound",
    "studio": "studio editing",
    "voice": "choice of voice",
    "notes": "notes",
}
_EVERYBODY_MISSES = {"voice", "notes"}  # extras: worth a word only when somebody typed something for them


def limits(provider: str) -> str:
    """What the provider cannot do, in one sentence; nothing when it can do everything."""
    can, label = providers.capabilities(provider), providers.label(provider)
    missing = [words for name, words in FEATURES.items() if name not in _EVERYBODY_MISSES and not getattr(can, name)]
    none = f"no {_listed(missing, 'or')}" if missing else ""
    one = "" if can.several_locales else "one language per job"
    parts = " and ".join(part for part in (one, none) if part)
    return f"{label} takes {parts}." if parts else ""


def left_out_words(left: LeftOut, provider: str) -> str:
    """What was typed for another provider and is not sent to this one, in one or two sentences; or nothing."""
    label, said = providers.label(provider), []
    if left.features:
        missing = ", ".join(f"no {FEATURES[name]}" for name in left.features)
        said.append(f"{label} has {missing}: {'that is' if len(left.features) == 1 else 'those are'} left out.")
    if left.source:
        said.append(f"{label} does not dub from {_name(left.source)}: choose another source language.")
    if left.targets:
        said.append(f"{label} does not dub into {_listed(map(_name, left.targets), 'or')}.")
    return " ".join(said)


def refusals(left: LeftOut, provider: str) -> list[str]:
    """Why this cannot be sent as it was asked for: one message for each thing the provider cannot do."""
    label = providers.label(provider)
    features = [name for name in left.features if name != "links"]  # the link has a field, which says so
    return [f"{label} has no {FEATURES[name]}: leave out {_listed(_asked_for(name), 'and')}." for name in features]


def _asked_for(feature: str) -> list[str]:
    special = {
        "target_srt": ["the subtitles of the languages"],
        "lips": ["auto_generate with_lips"],
        "studio": ["auto_generate off"],
    }
    return special.get(feature) or list(FIELDS[feature])


def _listed(words: Iterable[str], last: str) -> str:
    *first, final = list(words)
    return f"{', '.join(first)} {last} {final}" if first else final


def _name(code: str) -> str:
    found = locales.find(code, extra=[code])
    return found.name if found else code
