"""Put aside the values of a draft that its provider cannot use, and restore them when a provider can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dubbing import providers
from dubbing.drafts.draft import SOURCE, Draft, Values
from dubbing.models import Asset
from dubbing.platform import locales
from dubbing.providers.base import Capabilities

FIELDS = {
    "trim": ("start", "end"),
    "source_srt": ("source_srt",),
    "lips": ("lips_model",),
    "voice_anonymization": ("voice_anonymization",),
    "speakers": ("speakers",),
    "background": ("background_from", "background", "background_url"),
    "links": ("media_url",),
    "voice": ("voice_id", "voice_model", "speed", "seed"),
    "notes": ("notes",),
}
"""The fields of each capability. Not listed: ``target_srt``, one field per language, and ``studio``."""
OPTIONS = (*FIELDS["voice"], *FIELDS["notes"])
_NOTHING = {"", "0", "0.0", "none", "None"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was entered and cannot be used: missing capabilities, and languages."""

    features: tuple[str, ...] = ()
    source: str = ""
    targets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.features or self.source or self.targets)


def auto_generate(can: Capabilities) -> list[str]:
    """Return the modes in which the provider can generate automatically, the most automatic first."""
    possible = {
        Asset.AutoGenerate.WITH_LIPS: can.lips,
        Asset.AutoGenerate.NO_LIPS: True,
        Asset.AutoGenerate.OFF: can.studio,
    }
    return [value.value for value, can_do in possible.items() if can_do]


def fit_draft(draft: Draft, provider: str) -> Draft:
    """Return the draft with what this provider cannot use put aside, and what it can use restored."""
    whole, can = _whole(draft), providers.capabilities(provider)
    unused_names, foreign = set(_unused_fields(whole, provider)), _foreign_targets(whole, provider)
    slots = {slot for slot in whole.texts if not (can.source_srt if slot == SOURCE else can.target_srt)}
    kept = Values(
        fields={name: value for name, value in whole.fields.items() if name not in unused_names},
        targets=tuple(code for code in whole.targets if code not in foreign),
        texts={slot: text for slot, text in whole.texts.items() if slot not in slots},
    )
    unused = Values(
        fields={name: value for name, value in whole.fields.items() if name in unused_names},
        targets=foreign,
        texts={slot: text for slot, text in whole.texts.items() if slot in slots},
    )
    return draft.with_values(kept, unused)


def left_out(values: Values, provider: str) -> LeftOut:
    """Return what this provider cannot use, whether it was put aside already or not."""
    whole = _whole(values)
    can = providers.capabilities(provider)
    source = whole.get("source_locale")
    spoken = locales.find(source, among=providers.locale_table(provider))
    return LeftOut(
        features=tuple(name for name in _used(whole) if not getattr(can, name)),
        source=source if source and not (spoken and spoken.source) else "",
        targets=_foreign_targets(whole, provider),
    )


def _whole(values: Values) -> Values:
    """Return the values with everything put aside restored; what was entered since takes precedence."""
    if not isinstance(values, Draft):
        return values
    unused = values.unused
    return Values(
        fields={**values.fields, **{name: value for name, value in unused.fields.items() if not values.get(name)}},
        targets=tuple(dict.fromkeys([*values.targets, *unused.targets])) if unused.targets else values.targets,
        texts={**values.texts, **{slot: text for slot, text in unused.texts.items() if not values.text(slot)}},
    )


def _used(values: Values) -> Iterator[str]:
    """Yield the capabilities that something was entered for."""
    for capability, names in FIELDS.items():
        if capability in {"lips", "links", "background"}:
            continue
        if any(_is_there(values.text(SOURCE) if name == "source_srt" else values.get(name)) for name in names):
            yield capability
    if any(_is_there(text) for slot, text in values.texts.items() if slot != SOURCE):
        yield "target_srt"
    if values.get("auto_generate") == Asset.AutoGenerate.WITH_LIPS:
        yield "lips"
    if values.get("auto_generate") == Asset.AutoGenerate.OFF:
        yield "studio"
    if _is_there(values.get("media_url")) and values.get("source_from") != "file":
        yield "links"
    if _has_background(values):
        yield "background"


def _has_background(values: Values) -> bool:
    given = any(_is_there(values.get(name)) for name in ("background", "background_url"))
    return given and values.get("background_from") != "none"


def _is_there(value: str) -> bool:
    return bool(value) and value.strip() not in _NOTHING


def _unused_fields(values: Values, provider: str) -> Iterator[str]:
    """Yield the fields that this provider cannot use."""
    can = providers.capabilities(provider)
    for capability, names in FIELDS.items():
        if not getattr(can, capability):
            yield from names
    finish, source = values.get("auto_generate"), values.get("source_locale")
    if finish and finish not in auto_generate(can):
        yield "auto_generate"
    if values.get("source_from") == "url" and not can.links:
        yield "source_from"
    spoken = locales.find(source, among=providers.locale_table(provider))
    if source and not (spoken and spoken.source):
        yield "source_locale"


def _foreign_targets(values: Values, provider: str) -> tuple[str, ...]:
    """Return chosen languages that only other providers support.

    One that no provider supports stays, to be reported.
    """
    table = providers.locale_table(provider)
    offered = {code: locales.find(code, among=table) for code in values.targets}
    missing = [code for code, locale in offered.items() if not (locale and locale.target)]
    return tuple(code for code in missing if any(_dubs_into(code, other) for other in providers.all_names()))


def _dubs_into(code: str, provider: str) -> bool:
    locale = locales.find(code, among=providers.locale_table(provider))
    return locale is not None and locale.target
