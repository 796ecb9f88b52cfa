"""Judge an asset against its project's policy, and record overrides.

Judged twice: by the form, to show the verdict beside the field, and by ``submissions.submit`` in its transaction, which
counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import Asset, Event, Membership, Policy, Project
from dubbing.platform import formatting, json_values
from dubbing.providers import capabilities, label

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHORTEST_REASON = 10
LEAST, CONSENT, NO_LIPS = "least_anonymization", "consent_required", "no_lips"
RULES = {
    LEAST: _("voice anonymization"),
    CONSENT: _("consent reference"),
    NO_LIPS: _("lip sync off"),
}
"""The names of the minimums in sentences, by their column in ``Policy``."""


class Settings(Protocol):
    """What minimums apply to: the values of a checked form, or of an asset."""

    @property
    def voice_anonymization(self) -> float: ...

    @property
    def consent(self) -> str: ...

    @property
    def auto_generate(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Broken:
    """A minimum that is not met: its rule, the field to change (blank: the provider), and words for people."""

    rule: str
    field: str
    message: str


class Objection(Enum):
    """Why the policy is not overridden although a minimum is not met."""

    NO_REASON, NOT_OWNER, SHORT_REASON = range(3)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says about one request. ``refusal``: why it must not be sent; empty if it may.

    ``objection``: which of the causes it is; ``owners``: who may override, if this person may not.
    """

    broken: tuple[Broken, ...] = ()
    refusal: str = ""
    objection: Objection | None = None
    owners: str = ""

    @property
    def rules(self) -> list[str]:
        """The minimums that are overridden, if it may be sent."""
        return [breach.rule for breach in self.broken]


def of_project(project_id: int) -> Policy:
    """The project's policy, or one without any minimum if none was set."""
    return Policy.objects.filter(project_id=project_id).first() or Policy(project_id=project_id)


def owners(project_id: int) -> list[str]:
    """The names of the people who may override the policy."""
    members = Membership.objects.filter(project_id=project_id, role=Membership.Role.OWNER, user__is_active=True)
    return [member.user.get_username() for member in members.select_related("user")]


def broken(policy: Policy, fields: Settings, provider: str) -> list[Broken]:
    """The minimums that this does not meet."""
    breaches = []
    least = policy.least_anonymization
    if least and not capabilities(provider).voice_anonymization:
        breaches.append(Broken(LEAST, "", cannot_anonymize(policy, provider)))
    elif fields.voice_anonymization < least:
        message = gettext(
            "This project requires a voice anonymization of at least %(least)s. Raise it to %(least)s or more."
        )
        message %= {"least": formatting.number(least, digits=3)}
        breaches.append(Broken(LEAST, "voice_anonymization", message))
    if policy.consent_required and not fields.consent.strip():
        message = gettext("This project requires a consent reference. Enter the contract, form or ticket.")
        breaches.append(Broken(CONSENT, "consent", message))
    if policy.no_lips and fields.auto_generate == Asset.AutoGenerate.WITH_LIPS:
        message = gettext("Lip sync is off in this project. Choose a result without lip sync.")
        breaches.append(Broken(NO_LIPS, "auto_generate", message))
    return breaches


def cannot_anonymize(policy: Policy, provider: str) -> str:
    """Why a provider cannot be used under this policy; empty if it can."""
    if not policy.least_anonymization or capabilities(provider).voice_anonymization:
        return ""
    return gettext(
        "%(provider)s cannot anonymize voices, and this project requires at least %(least)s. "
        "Choose a provider that can."
    ) % {"provider": label(provider), "least": formatting.number(policy.least_anonymization, digits=3)}


def judge(policy: Policy, fields: Settings, provider: str, user: User, *, reason: str = "") -> Verdict:
    """Whether it may be sent: the minimums are met, or an owner gives a reason to override them for this one."""
    breaches = tuple(broken(policy, fields, provider))
    if not breaches:
        return Verdict()
    message = " ".join(breach.message for breach in breaches)
    if not reason.strip():
        refusal = f"{gettext('This video does not meet the project policy.')} {message}"
        return Verdict(breaches, refusal, Objection.NO_REASON)
    if not Project.objects.is_owner(user, policy.project_id):
        who = ", ".join(owners(policy.project_id))
        only = gettext("Only a project owner can override the policy: %(owners)s.") % {"owners": who}
        return Verdict(breaches, f"{only} {message}", Objection.NOT_OWNER, who)
    if len(reason.strip()) < SHORTEST_REASON:
        return Verdict(breaches, too_short(), Objection.SHORT_REASON)
    return Verdict(breaches)


def judge_sent(asset: Asset, policy: Policy | None = None) -> Verdict:
    """Whether more may be paid for on an asset that was sent: what an owner overrode for it stays overridden.

    ``policy``: the project's, if already loaded.
    """
    breaches = broken(policy or of_project(asset.project_id), asset, asset.provider)
    if not breaches:
        return Verdict()
    overridden = set(_overridden_rules(asset))
    left = tuple(breach for breach in breaches if breach.rule not in overridden)
    message = " ".join(breach.message for breach in left)
    if not left:
        return Verdict()
    refusal = gettext("This video does not meet the project policy.")
    advice = gettext("Its settings can no longer be changed. Try it again as a new video.")
    return Verdict(left, f"{refusal} {message} {advice}")


def too_short() -> str:
    """The message for a reason of a word or two."""
    return gettext("Explain in a sentence why you override the policy. Use at least %(count)s characters.") % {
        "count": SHORTEST_REASON
    }


def _overridden_rules(asset: Asset) -> list[str]:
    if asset.overridden_by_id is None:
        return []
    event = asset.events.filter(kind=Event.Kind.OVERRIDDEN).order_by("-id").first()
    return json_values.texts(event.data.get("rules")) if event else []
