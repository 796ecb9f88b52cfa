"""Which values of a preset a draft can use, and what a new draft starts with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dubbing import providers
from dubbing.drafts import provider_fit
from dubbing.drafts.draft import Draft, Values
from dubbing.models import Asset, Policy, Preset, Project
from dubbing.platform import locales, numbers
from dubbing.projects import policies

NAMES = (
    "source_locale", "targets", "auto_generate", "lips_model", "voice_anonymization", "speakers_from", "speakers",
    *provider_fit.FIELDS["voice"],
)  # fmt: skip
"""What a preset holds, by the form's names: no files, texts or trim, and nothing about a single video."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a preset changed."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Applied:
    """The effect of a preset on a draft: what changed, and what of the preset could not be used."""

    changes: list[Change] = field(default_factory=list)
    left_out: provider_fit.LeftOut = field(default_factory=provider_fit.LeftOut)
    as_source: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    by_policy: tuple[str, ...] = ()


def beginning(project: Project, provider: str) -> Draft:
    """Return what a new draft of the project starts with: its default preset, and the minimums of its policy."""
    preset = Preset.objects.filter(project=project, is_default=True).first()
    policy = policies.of_project(project.pk)
    blank = Asset(project=project, provider=provider)
    values = usable(preset.sound, blank, Draft())[0] if preset else {}
    if policy.least_anonymization and providers.capabilities(provider).voice_anonymization:
        values.setdefault("voice_anonymization", f"{policy.least_anonymization:g}")
    if policy.no_lips:
        values.setdefault("auto_generate", Asset.AutoGenerate.NO_LIPS.value)
    return provider_fit.fit_draft(replace(Draft.of(values), begun=True), provider) if values else Draft()


def usable(values: Mapping[str, Any], asset: Asset, draft: Draft) -> tuple[dict[str, Any], Applied]:
    """Return the values that this draft can take, and what was left out."""
    table = providers.locale_table(asset.provider)
    left = provider_fit.left_out(Values.of(values), asset.provider)
    kept = {name: value for name, value in values.items() if name in NAMES}
    if left.source:
        del kept["source_locale"]
    spoken = str(kept.get("source_locale") or draft.get("source_locale"))
    wanted = [str(code) for code in kept.get("targets", [])]
    codes = [locale.code for code in wanted if (locale := locales.find(code, among=table)) and locale.target]
    if "targets" in kept:
        kept["targets"] = [code for code in dict.fromkeys(codes) if code != spoken]
    for name in _useless(kept, asset.provider):
        del kept[name]
    by_policy = _raise_to_minimum(kept, policies.of_project(asset.project_id))
    unknown = tuple(code for code in wanted if code not in codes and code not in left.targets)
    as_source = tuple(code for code in codes if code == spoken)
    return kept, Applied(left_out=left, as_source=as_source, unknown=unknown, by_policy=by_policy)


def _useless(values: Mapping[str, Any], provider: str) -> list[str]:
    """Return the names of options that the provider does not have."""
    can = providers.capabilities(provider)
    names = {
        name for capability, names in provider_fit.FIELDS.items() if not getattr(can, capability) for name in names
    }
    if not can.speakers:
        names.add("speakers_from")
    if values.get("auto_generate") not in provider_fit.auto_generate(can):
        names.add("auto_generate")
    return [name for name in values if name in names]


def _raise_to_minimum(values: dict[str, Any], policy: Policy) -> tuple[str, ...]:
    """Raise the values to the policy's minimums. Return the rules that made a difference."""
    made: list[str] = []
    if (
        "voice_anonymization" in values
        and (numbers.figure(values["voice_anonymization"]) or 0) < policy.least_anonymization
    ):
        values["voice_anonymization"] = f"{policy.least_anonymization:g}"
        made.append(policies.LEAST)
    if policy.no_lips and values.get("auto_generate") == Asset.AutoGenerate.WITH_LIPS:
        values["auto_generate"] = Asset.AutoGenerate.NO_LIPS.value
        made.append(policies.NO_LIPS)
    return tuple(made)
