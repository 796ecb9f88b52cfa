"""Why somebody could not sign in through the identity provider: what the person reads, and advice for operators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from dubbing.models import SignInAttempt

Outcome = SignInAttempt.Outcome


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened, and what the person can do."""

    message: Any
    remedy: Any


_ASK = _("Ask an administrator of this portal.")
_AGAIN = _("Go back to the sign-in page and start again.")
_TELL = _("Tell an administrator of this portal. They see the reason.")
EXPLANATIONS = {
    Outcome.UNVERIFIED_EMAIL: Explanation(
        _("Your organization has not confirmed your email address."),
        _("Confirm your email address with your organization, then sign in again. Or ask an administrator."),
    ),
    Outcome.WRONG_TENANT: Explanation(
        _("You signed in with an account of another organization."),
        _("Sign out there, then sign in with the account of the organization that runs this portal."),
    ),
    Outcome.STATE: Explanation(
        _("This sign-in was not started in this browser, took too long, or was used before."), _AGAIN
    ),
    Outcome.NONCE: Explanation(_("The response from your organization belongs to another sign-in."), _AGAIN),
    Outcome.DEACTIVATED: Explanation(_("Your account in this portal is deactivated."), _ASK),
    Outcome.GROUP_LOST: Explanation(
        _("You are no longer in a group that can use this portal."),
        _("If that is a mistake, ask whoever manages the groups of your organization to add you again."),
    ),
    Outcome.WRONG_ISSUER: Explanation(
        _("The response comes from a service that this portal does not recognize."), _TELL
    ),
    Outcome.EXPIRED: Explanation(_("The response from your organization has expired."), _AGAIN),
    Outcome.UNSIGNED: Explanation(_("The response from your organization is not signed correctly."), _TELL),
    Outcome.OTHER_CLIENT: Explanation(
        _("The response from your organization was meant for another application."), _TELL
    ),
    Outcome.NO_GROUP: Explanation(
        _("You are not in any group that can use this portal."),
        _("Ask whoever manages the groups of your organization to add you, then sign in again."),
    ),
    Outcome.NAME_TAKEN: Explanation(
        _("Your name or email address belongs to another account in this portal."),
        _("Ask an administrator to link that account to your sign-in."),
    ),
    Outcome.OPEN_REDIRECT: Explanation(
        _("The link that you used leads from the sign-in page to another website."),
        _("Do not use that link again. Open the portal directly and sign in there."),
    ),
    Outcome.CANCELLED: Explanation(_("You cancelled signing in."), _AGAIN),
    Outcome.UNAVAILABLE: Explanation(
        _("Your organization’s sign-in service cannot be reached right now, or does not recognize this portal."),
        _("Try again in a few minutes. If the problem continues, tell an administrator."),
    ),
}


@dataclass
class SignInRefused(PermissionDenied):
    """The person cannot sign in. `reason`: one or two sentences for operators, without secrets."""

    outcome: str
    reason: str
    claims: dict[str, Any] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    user_id: int | None = None

    @property
    def explanation(self) -> Explanation:
        """What the person reads."""
        return EXPLANATIONS[Outcome(self.outcome)]
