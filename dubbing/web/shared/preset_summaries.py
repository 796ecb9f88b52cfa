"""Presets in words: what one holds, and what became of a draft that it was applied to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dubbing.drafts.preset_values import Applied, Change
from dubbing.platform import formatting, locales, numbers
from dubbing.projects import policies
from dubbing.web.shared import choices, provider_limits

LABELS = {
    "source_locale": "language spoken",
    "targets": "languages",
    "auto_generate": "when the voices are done",
    "lips_model": "lips",
    "voice_anonymization": "anonymization",
    "speakers": "people speaking",
    "voice_id": "voice",
    "voice_model": "voice model",
    "speed": "speed",
    "seed": "seed",
}
"""What sentences call a field; one that is not here is not worth a word."""
_BY_POLICY = {
    policies.LEAST: "Anonymization is raised to what the project asks for.",
    policies.NO_LIPS: "Lips are left alone: in this project nobody’s lips are changed.",
}


def holds(values: Mapping[str, Any]) -> str:
    """What a preset holds, on one line."""
    codes = values.get("targets") or []
    parts = [f"{formatting.plural(len(codes), 'language')}: {', '.join(codes)}"] if codes else []
    if values.get("source_locale"):
        parts.insert(0, f"from {values['source_locale']}")
    ways = choices.AUTO_GENERATE_TITLE
    parts += [f"{_spoken(name, values[name])}" for name in ("auto_generate",) if values.get(name) in ways]
    if values.get("auto_generate") == "with_lips" and values.get("lips_model") in choices.LIPS_TITLE:
        parts[-1] += f" ({choices.LIPS_TITLE[values['lips_model']].lower()})"
    if speakers := numbers.figure(values.get("speakers")):
        parts.append(formatting.plural(int(speakers), "speaker"))
    rest = ("voice_anonymization", "voice_id", "voice_model", "speed", "seed")
    parts += [f"{LABELS[name]} {values[name]}" for name in rest if str(values.get(name) or "0") != "0"]
    return " · ".join(parts)


def applied_words(name: str, applied: Applied, provider: str) -> list[str]:
    """What the preset changed and what of it could not be used, in sentences."""
    told = [_change(one) for one in applied.changes if one.name in LABELS]
    first = (
        f"“{formatting.isolated(name)}” is applied: {'; '.join(told)}."
        if told
        else f"“{formatting.isolated(name)}” changes nothing here."
    )
    return [first, *_left(applied, provider)]


def _left(applied: Applied, provider: str) -> Iterator[str]:
    if words := provider_limits.left_out_words(applied.left_out, provider):
        yield words
    for code in applied.as_source:
        yield f"{_name(code)} is left out: it is the language of the source."
    if applied.unknown:
        yield f"Left out, because no provider dubs into it any more: {_listed(applied.unknown)}."
    for rule in applied.by_policy:
        yield _BY_POLICY[rule]


def _change(change: Change) -> str:
    if change.name == "targets":
        return _languages(list(change.before or []), list(change.after or []))
    before, after = _spoken(change.name, change.before), _spoken(change.name, change.after)
    return f"{LABELS[change.name]} {after}" + (f" instead of {before}" if before else "")


def _languages(before: list[str], after: list[str]) -> str:
    more, less = [code for code in after if code not in before], [code for code in before if code not in after]
    parts = [f"{_listed(map(_name, more))} added"] if more else []
    parts += [f"{_listed(map(_name, less))} taken out"] if less else []
    return " and ".join(parts) or "languages in another order"


def _spoken(name: str, value: Any) -> str:
    titles = {"auto_generate": choices.AUTO_GENERATE_TITLE, "lips_model": choices.LIPS_TITLE}.get(name, {})
    if name == "source_locale" and value:
        return _name(str(value))
    return titles.get(str(value or ""), str(value or "")).lower() if titles else str(value or "")


def _listed(names: Iterable[str]) -> str:
    *first, last = list(names)
    return f"{', '.join(first)} and {last}" if first else last


def _name(code: str) -> str:
    found = locales.find(code, extra=[code])
    return found.name if found else code
