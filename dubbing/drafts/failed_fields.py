"""Find the form field that made a dub fail, from the error code and the provider's message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dubbing import providers
from dubbing.drafts import provider_fit, saved_drafts
from dubbing.drafts.draft import SOURCE, Draft, field_of, slot_of
from dubbing.models import Asset, Dubbing

if TYPE_CHECKING:
    from collections.abc import Iterable

PROVIDER = "provider"
"""The choice of provider, which is not a field of the draft."""

# For each code, the fields that may have caused it, likeliest first. Codes of faults at the provider have none.
_FIELDS = {
    "invalid_input": ("start", "end", "target_srt", "source_srt", "targets"),
    "time_out_of_range": ("end", "start"),
    "unsupported_media": ("source", "media_url"),
    "missing_audio_track": ("source", "media_url"),
    "empty_transcript": ("source_locale", "start", "end", "source_srt"),
    "video_duration_limit_reached": ("end", "start", "source", "media_url"),
    "video_size_limit_reached": ("source", "media_url"),
    "placeholder": (PROVIDER,),
}
# These can be the cause even if they were left blank.
_MAY_BE_BLANK = {
    "time_out_of_range": ("end",),
    "video_duration_limit_reached": ("end",),
    "empty_transcript": ("source_locale",),
}
_ALWAYS_THERE = ("targets", PROVIDER)


@dataclass(frozen=True, slots=True)
class FailureCause:
    """Why an asset, or some of its languages, failed. ``field``: a field of the form; empty if none is to blame.

    ``locales``: the languages it is about; empty if it is about the whole asset.
    """

    code: str
    message: str
    field: str
    locales: tuple[str, ...] = ()


def causes(asset: Asset, only: Iterable[str] = ()) -> list[FailureCause]:
    """Return why this asset failed, each cause once. ``only``: limit it to these languages."""
    draft, chosen = saved_drafts.as_sent(asset), set(only)
    gathered: list[FailureCause] = []
    failed = [dubbing for dubbing in asset.dubbings.all() if dubbing.status == Dubbing.Status.FAILED]
    alone = [dubbing for dubbing in failed if (dubbing.error_code or "version_failed") != asset.error_code]
    is_failed = asset.status == Asset.Status.FAILED and (bool(asset.error_code) or not alone)
    if is_failed or asset.status == Asset.Status.REFUSED:
        code, message = asset.error_code or "failed", asset.error_message
        gathered.append(FailureCause(code, message, failed_field(asset.provider, draft, code, message)))
    for dubbing in alone:
        if chosen and dubbing.locale not in chosen:
            continue
        code = dubbing.error_code or "version_failed"
        field = failed_field(asset.provider, draft, code, dubbing.error_message, dubbing.locale)
        gathered.append(FailureCause(code, dubbing.error_message, field, (dubbing.locale,)))
    return _merge_locales(gathered)


def failed_field(provider: str, draft: Draft, code: str, message: str, locale: str = "") -> str:
    """Return the form field that caused a failure; an empty string if none did.

    A field that the provider's message names takes precedence. ``locale``: the language that failed, if only one did.
    """
    code = code.strip().lower()
    likely = [name for name in _FIELDS.get(code, ()) if _takes(provider, name)]
    named = [name for name in _named(provider, message) if _takes(provider, name)]
    candidates = [name for name in named if name in likely or not likely]
    candidates += [name for name in likely if name in _MAY_BE_BLANK.get(code, ())]
    candidates += [name for name in likely if _is_filled(draft, name, locale)]
    candidates += [name for name in named if name not in likely]
    return _in_form(draft, candidates[0], locale) if candidates else ""


def _named(provider: str, message: str) -> Iterator[str]:
    """Yield the fields that a message names, in order. Subtitles come first: their path begins with their language."""
    fields = providers.request_fields(provider)
    places = {ours: match.start() for theirs, ours in fields.items() if (match := _search(theirs, message))}
    yield from sorted(places, key=lambda ours: (ours != "target_srt", places[ours]))


def _search(name: str, message: str) -> re.Match[str] | None:
    # "name" and "speed" are also English words: a message that means the field quotes it or begins with it.
    quoted = rf"['\"`.\[]{re.escape(name)}(?!\w)|^{name}\s*[:=]"
    pattern = rf"(?<!\w){re.escape(name)}(?!\w)" if "_" in name else quoted
    return re.search(pattern, message)


def _takes(provider: str, name: str) -> bool:
    """Return whether the form has the field, for this provider."""
    can = providers.capabilities(provider)
    if name == "target_srt":
        return can.target_srt
    if name == "source":
        return can.uploads
    if name == PROVIDER:
        return len(providers.provider_names()) > 1
    return all(getattr(can, capability) for capability, names in provider_fit.FIELDS.items() if name in names)


def _is_filled(draft: Draft, name: str, locale: str) -> bool:
    if name in _ALWAYS_THERE:
        return True
    if name in ("source", "media_url"):
        return (draft.get("source_from") == "url") == (name == "media_url")
    if name in ("target_srt", "source_srt"):
        return bool(_slot(draft, name, locale))
    return draft.get(name) not in ("", "0")


def _in_form(draft: Draft, name: str, locale: str) -> str:
    if name in ("target_srt", "source_srt"):
        slot = _slot(draft, name, locale)
        return field_of(slot) if slot else "targets" if name == "target_srt" else field_of(SOURCE)
    if name in ("source", "media_url"):
        return "media_url" if draft.get("source_from") == "url" else "source"
    return name


def _slot(draft: Draft, name: str, locale: str) -> str:
    """Return the slot whose text is meant: of the language that failed, otherwise of the first one that has a text."""
    if name == "source_srt":
        return SOURCE if draft.text(SOURCE).strip() else ""
    having = [code for code in draft.targets if draft.text(code).strip()]
    return locale if locale in having else "" if locale else next(iter(having), "")


def is_changed(asset: Asset, draft: Draft, field: str) -> bool:
    """Return whether the draft's value of the field differs from the one sent. False if that is unknown."""
    sent = saved_drafts.as_sent(asset)
    if (slot := slot_of(field)) is not None:
        return draft.text(slot).strip() != sent.text(slot).strip()
    if field == "targets":
        return set(draft.targets) != set(sent.targets)
    if field == "source" and asset.status == Asset.Status.REFUSED and asset.source and asset.submitted_at:
        return asset.source.created_at > asset.submitted_at  # a new file is already stored with the asset
    if field in ("source", "media_url"):
        before = (sent.get("source_from"), sent.get("source"), sent.get("media_url"))
        return before != (draft.get("source_from"), draft.get("source"), draft.get("media_url"))
    return draft.get(field) != sent.get(field)


def _merge_locales(gathered: list[FailureCause]) -> list[FailureCause]:
    """Merge causes that differ only in their languages."""
    by_cause: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for cause in gathered:
        key = (cause.code, cause.message, cause.field)
        by_cause[key] = (*by_cause.get(key, ()), *cause.locales)
    return [FailureCause(*key, locales) for key, locales in by_cause.items()]
