"""The project's policy in the new-asset form: each minimum beside the field it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext

from dubbing.drafts.fields import AssetFields
from dubbing.models import Asset, Policy
from dubbing.projects import policies
from dubbing.projects.policies import Objection, Verdict
from dubbing.providers.base import Capabilities
from dubbing.web.asset_form.form_checks import AssetChecks
from dubbing.web.shared import choices


def demands(policy: Policy) -> bool:
    """Whether there is any minimum."""
    return bool(policy.consent_required or policy.no_lips or policy.least_anonymization)


def raised(data: Mapping[str, Any], policy: Policy, can: Capabilities) -> Mapping[str, Any]:
    """The data; an anonymization that nobody has chosen starts at the minimum."""
    chosen = data.get("voice_anonymization")
    if not (policy.least_anonymization and can.voice_anonymization) or str("" if chosen is None else chosen).strip():
        return data
    changed: Any = data.copy() if hasattr(data, "copy") else dict(data)
    changed["voice_anonymization"] = f"{policy.least_anonymization:g}"
    return changed  # type: ignore[no-any-return]


def auto_generate(policy: Policy, offered: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same choices with those that the policy forbids last: the first one is the default of a new draft."""
    if not policy.no_lips:
        return offered
    return sorted(offered, key=lambda choice: choice[0] == Asset.AutoGenerate.WITH_LIPS)


class PolicyChecks(AssetChecks):
    """Minimums, and an owner's reason to override them for this asset."""

    policy: Policy
    verdict = Verdict()

    def _check_consent(self) -> None:
        length = len(self.cleaned_data.get("consent") or "")
        if length > choices.CONSENT_LENGTH:
            message = gettext(
                "Enter the document’s name, not its text: this has %(length)s characters and the limit is %(limit)s."
            )
            self._add("consent", message % {"length": length, "limit": choices.CONSENT_LENGTH})

    def _check_policy(self) -> None:
        """``verdict`` names the minimums that are not met, whether reported or overridden."""
        if {"voice_anonymization", "auto_generate", "consent"} & set(self.errors):
            return
        reason = str(self.cleaned_data.get("override_reason") or "")
        self.verdict = policies.judge(self.policy, self._settings(), self.asset.provider, self.user, reason=reason)
        if self.verdict.objection is Objection.NO_REASON:
            self._complain()
        elif self.verdict.objection is Objection.NOT_OWNER:
            message = gettext("Only a project owner can override the policy: %(owners)s.")
            self._add("override_reason", message % {"owners": self.verdict.owners})
            self._complain()
        elif self.verdict.objection is Objection.SHORT_REASON:
            self._add("override_reason", policies.too_short())

    def _settings(self) -> AssetFields:
        data = self.cleaned_data
        figures = {name: data[name] for name in ("voice_anonymization", "auto_generate") if data.get(name) is not None}
        return AssetFields(name="", source_locale="", targets=(), consent=data.get("consent") or "", **figures)

    def _complain(self) -> None:
        for breach in self.verdict.broken:
            code = "required" if breach.rule == policies.CONSENT else "invalid"
            if breach.field in self.fields:
                self._add(breach.field, breach.message, code=code)
            else:
                self.add_error(None, forms.ValidationError(breach.message, code=code))
