"""What a provider has no use for, of a form as it was typed: put aside, named, and put back when it is of use again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dubbing import providers
from dubbing.models import Asset
from dubbing.platform import locales
from dubbing.providers.base import Capabilities

ASIDE = "aside"  # in what was typed: the values that the present provider has no use for

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
"""The fields that go with a capability; ``target_srt``, one field for each language, and ``studio`` besides."""
OPTIONS = (*FIELDS["voice"], *FIELDS["notes"])
_NOTHING = {"", "0", "0.0", "none", "None"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was typed and cannot be used: capabilities that are not there, and languages."""

    features: tuple[str, ...] = ()
    source: str = ""
    targets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.features or self.source or self.targets)


def auto_generate(can: Capabilities) -> list[str]:
    """How far the provider can go by itself, the most first."""
    possible = {
        Asset.AutoGenerate.WITH_LIPS: can.lips,
        Asset.AutoGenerate.NO_LIPS: True,
        Asset.AutoGenerate.OFF: can.studio,
    }
    return [value.value for value, can_do in possible.items() if can_do]


def fitted(typed: Mapping[str, Any], provider: str) -> dict[str, Any]:
    """The same with everything put aside that this provider has no use for, and everything put back that it has."""
    kept = _whole(typed)
    aside = {name: kept.pop(name) for name in list(_unusable(kept, provider))}
    foreign = _foreign_targets(kept, provider)
    if foreign:
        kept["targets"] = [code for code in kept["targets"] if code not in foreign]
        aside["targets"] = foreign
    return kept | {ASIDE: aside} if aside else kept


def left_out(typed: Mapping[str, Any], provider: str) -> LeftOut:
    """What this provider would leave out of it, whether it was put aside already or not."""
    whole = _whole(typed)
    can = providers.capabilities(provider)
    source = str(whole.get("source_locale") or "")
    spoken = locales.find(source, among=providers.locale_table(provider))
    return LeftOut(
        features=tuple(name for name in _used(whole) if not getattr(can, name)),
        source=source if source and not (spoken and spoken.source) else "",
        targets=tuple(_foreign_targets(whole, provider)),
    )


def _whole(typed: Mapping[str, Any]) -> dict[str, Any]:
    """With what was put aside in its place again; what was typed since counts more."""
    aside: Mapping[str, Any] = typed.get(ASIDE) or {}
    whole = {name: value for name, value in typed.items() if name != ASIDE}
    whole |= {name: value for name, value in aside.items() if whole.get(name) in (None, "")}
    if aside.get("targets"):
        whole["targets"] = list(dict.fromkeys([*(typed.get("targets") or []), *aside["targets"]]))
    return whole


def _used(typed: Mapping[str, Any]) -> Iterator[str]:
    """The capabilities that something was typed for."""
    for capability, names in FIELDS.items():
        if capability not in {"lips", "links", "background"} and any(_is_there(typed.get(name)) for name in names):
            yield capability
    if any(name.startswith("srt_") and not name.endswith("_file") and _is_there(typed[name]) for name in typed):
        yield "target_srt"
    if typed.get("auto_generate") == Asset.AutoGenerate.WITH_LIPS:
        yield "lips"
    if typed.get("auto_generate") == Asset.AutoGenerate.OFF:
        yield "studio"
    if _is_there(typed.get("media_url")) and typed.get("source_from") != "file":
        yield "links"
    if _has_background(typed):
        yield "background"


def _has_background(typed: Mapping[str, Any]) -> bool:
    given = any(_is_there(typed.get(name)) for name in ("background", "background_url"))
    return given and typed.get("background_from") != "none"


def _is_there(value: Any) -> bool:
    return bool(value) and str(value).strip() not in _NOTHING


def _unusable(typed: Mapping[str, Any], provider: str) -> Iterator[str]:
    """The names in ``typed`` that this provider has no use for."""
    can = providers.capabilities(provider)
    for capability, names in FIELDS.items():
        if not getattr(can, capability):
            yield from (name for name in names if name in typed)
    if not can.target_srt:
        yield from (name for name in typed if name.startswith("srt_"))
    if typed.get("auto_generate") and typed["auto_generate"] not in auto_generate(can):
        yield "auto_generate"
    if typed.get("source_from") == "url" and not can.links:
        yield "source_from"
    spoken = locales.find(str(typed.get("source_locale") or ""), among=providers.locale_table(provider))
    if typed.get("source_locale") and not (spoken and spoken.source):
        yield "source_locale"


def _foreign_targets(typed: Mapping[str, Any], provider: str) -> list[str]:
    """Chosen languages that only other providers dub into; one that nobody has stays, to be complained about."""
    table = providers.locale_table(provider)
    found = {code: locales.find(code, among=table) for code in map(str, typed.get("targets") or [])}
    missing = [code for code, locale in found.items() if not (locale and locale.target)]
    return [code for code in missing if any(_dubs_into(code, other) for other in providers.all_names())]


def _dubs_into(code: str, provider: str) -> bool:
    locale = locales.find(code, among=providers.locale_table(provider))
    return locale is not None and locale.target
