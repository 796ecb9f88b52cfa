"""Describe presets: their contents, and what applying one changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop, ngettext

from dubbing.drafts.preset_values import Applied, Change
from dubbing.platform import formatting, locales, numbers
from dubbing.platform.formatting import enumeration
from dubbing.projects import policies
from dubbing.web.shared import choices, provider_limits

LABELS = {
    "source_locale": gettext_noop("source language"),
    "targets": gettext_noop("languages"),
    "auto_generate": gettext_noop("result"),
    "lips_model": gettext_noop("lip sync quality"),
    "voice_anonymization": gettext_noop("anonymization"),
    "speakers": gettext_noop("speakers"),
    "voice_id": gettext_noop("voice"),
    "voice_model": gettext_noop("voice model"),
    "speed": gettext_noop("speed"),
    "seed": gettext_noop("seed"),
}
"""The names of fields in sentences; fields that are missing here are not mentioned."""
_BY_POLICY = {
    policies.LEAST: gettext_noop("Anonymization is raised to the project minimum."),
    policies.NO_LIPS: gettext_noop("Lip sync is off in this project."),
}


def holds(values: Mapping[str, Any]) -> str:
    """The contents of a preset, on one line."""
    codes = values.get("targets") or []
    parts = [f"{formatting.language_count(len(codes))}: {', '.join(codes)}"] if codes else []
    if values.get("source_locale"):
        parts.insert(0, gettext("from %(language)s") % {"language": values["source_locale"]})
    ways = choices.AUTO_GENERATE_TITLE
    parts += [f"{_spoken(name, values[name])}" for name in ("auto_generate",) if values.get(name) in ways]
    if values.get("auto_generate") == "with_lips" and values.get("lips_model") in choices.LIPS_TITLE:
        parts[-1] += f" ({formatting.inside_sentence(gettext(choices.LIPS_TITLE[values['lips_model']]))})"
    if speakers := numbers.figure(values.get("speakers")):
        text = ngettext("%(count)s speaker", "%(count)s speakers", int(speakers))
        parts.append(text % {"count": int(speakers)})
    rest = ("voice_anonymization", "voice_id", "voice_model", "speed", "seed")
    parts += [f"{gettext(LABELS[name])} {values[name]}" for name in rest if str(values.get(name) or "0") != "0"]
    return " · ".join(parts)


def applied_text(name: str, applied: Applied, provider: str) -> list[str]:
    """What the preset changed, and what of it could not be used, in sentences."""
    changes = [_change(change) for change in applied.changes if change.name in LABELS]
    text = (
        gettext("Preset “%(name)s” applied: %(changes)s.") if changes else gettext("Preset “%(name)s” changes nothing.")
    )
    first = text % {"name": formatting.isolated(name), "changes": "; ".join(changes)}
    return [first, *_left(applied, provider)]


def _left(applied: Applied, provider: str) -> Iterator[str]:
    if left_out := provider_limits.left_out_text(applied.left_out, provider):
        yield left_out
    for code in applied.as_source:
        yield gettext("%(language)s was skipped: it is the source language.") % {"language": locales.display_name(code)}
    if applied.unknown:
        left_out = gettext("Skipped, because no provider supports these languages any more: %(languages)s.")
        yield left_out % {"languages": enumeration(applied.unknown)}
    for rule in applied.by_policy:
        yield gettext(_BY_POLICY[rule])


def _change(change: Change) -> str:
    if change.name == "targets":
        return _languages(list(change.before or []), list(change.after or []))
    before, after = _spoken(change.name, change.before), _spoken(change.name, change.after)
    values = {"label": gettext(LABELS[change.name]), "after": after, "before": before}
    return (gettext("%(label)s %(after)s instead of %(before)s") if before else "%(label)s %(after)s") % values


def _languages(before: list[str], after: list[str]) -> str:
    more, less = [code for code in after if code not in before], [code for code in before if code not in after]
    parts = (
        [gettext("%(languages)s added") % {"languages": enumeration(map(locales.display_name, more))}] if more else []
    )
    parts += (
        [gettext("%(languages)s removed") % {"languages": enumeration(map(locales.display_name, less))}] if less else []
    )
    return enumeration(parts) or gettext("language order")


def _spoken(name: str, value: Any) -> str:
    titles = {"auto_generate": choices.AUTO_GENERATE_TITLE, "lips_model": choices.LIPS_TITLE}.get(name, {})
    if name == "source_locale" and value:
        return locales.display_name(str(value))
    title = titles.get(str(value or ""), str(value or ""))
    return formatting.inside_sentence(gettext(title)) if titles and title else title
