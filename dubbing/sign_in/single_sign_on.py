"""Decide who a person sent by the identity provider is, and whether they can sign in."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from dubbing.accounts import sessions
from dubbing.models import SignInAttempt
from dubbing.sign_in import group_rules
from dubbing.sign_in.refusals import SignInRefused

log = logging.getLogger(__name__)
Outcome = SignInAttempt.Outcome


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who can sign in.

    `rules`: those that applied; `kept`: what was not removed although no group gives it.
    """

    user: User
    account: SocialAccount
    rules: list[str]
    kept: list[str]


def is_on() -> bool:
    """Whether people can sign in through an identity provider."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def provider_id() -> str:
    """The name under which accounts of this issuer are stored, so that another issuer's people never match them."""
    return f"oidc-{hashlib.sha256(settings.OIDC_ISSUER.rstrip('/').encode()).hexdigest()[:16]}"


def admit(claims: Mapping[str, Any]) -> Admission:
    """Find or create the person for verified claims, and make their permissions follow their groups.

    Raises SignInRefused.
    """
    _check_tenant(claims)
    try:
        return _admit(claims)
    except IntegrityError:  # a simultaneous first sign-in of the same person has created the account
        return _admit(claims)


def _admit(claims: Mapping[str, Any]) -> Admission:
    subject = str(claims["sub"])
    account = SocialAccount.objects.filter(provider=provider_id(), uid=subject).select_related("user").first()
    groups = group_rules.groups_of(claims)
    with transaction.atomic():
        user = account.user if account else _find(claims)
        if user and not user.is_active:
            reason = f"The account {user.get_username()} is deactivated. Activate it in the admin site, under Users."
            raise SignInRefused(Outcome.DEACTIVATED, reason, user_id=user.pk)
        refusal = _closed_to(user, groups, known=bool(account))
        if refusal is None:
            user = user or _create(claims)
            account = account or SocialAccount.objects.create(user=user, provider=provider_id(), uid=subject)
            applied = group_rules.apply(user, groups or [])
            _update(user, claims)
            return Admission(user, account, applied.rules, applied.kept)
    raise refusal


def _check_tenant(claims: Mapping[str, Any]) -> None:
    name, _, wanted = settings.OIDC_TENANT.partition("=")
    if name and str(claims.get(name, "")) != wanted:
        reason = f"The claim {name!r} is {claims.get(name)!r}; OIDC_TENANT asks for {wanted!r}."
        raise SignInRefused(Outcome.WRONG_TENANT, reason)


def _closed_to(user: User | None, groups: list[str] | None, *, known: bool) -> SignInRefused | None:
    """The refusal for somebody without a group that has a rule; removes what their groups gave them first.

    The last administrator can sign in anyway: otherwise nobody could correct the rules.
    """
    if group_rules.has_rule(groups or []):
        return None
    if user and known and user.is_superuser and group_rules.is_last_admin(user):
        return None
    if user and known:
        group_rules.apply(user, [])
        sessions.end_access(user)
        return SignInRefused(Outcome.GROUP_LOST, _why_no_group(groups), user_id=user.pk)
    return SignInRefused(Outcome.NO_GROUP, _why_no_group(groups))


def _why_no_group(groups: list[str] | None) -> str:
    if groups is None:
        return (
            f"The provider sent no claim {settings.OIDC_GROUPS_CLAIM!r}. Have it send one, or set OIDC_GROUPS_CLAIM "
            "to the claim that holds the groups."
        )
    if not groups:
        return "The provider says that this person is in no group."
    return "No sign-in rule is for any of the groups that the provider sent. Add a rule, or add the person to a group."


def _find(claims: Mapping[str, Any]) -> User | None:
    """The account that a new subject may take over: the one with their proven email address. Raises SignInRefused."""
    email, proven = _email(claims)
    same = list(User.objects.filter(email__iexact=email).order_by("pk")) if email else []
    if email and not proven:
        reason = f"The provider does not confirm the email address {email} (claim 'email_verified')."
        if same:
            reason += (
                f" The account {same[0].get_username()} has this address: link it to this person, if it is theirs."
            )
        else:
            reason += " Have the provider send it, or set OIDC_TRUST_EMAIL if it confirms all addresses."
        raise SignInRefused(Outcome.UNVERIFIED_EMAIL, reason)
    if same:
        return _only_free(same, email)
    name = _username(claims)
    if User.objects.filter(username__iexact=name).exists():
        reason = (
            f"There is an account {name} with another email address, or none. Link it to this person, or rename it."
        )
        raise SignInRefused(Outcome.NAME_TAKEN, reason)
    return None


def _only_free(same: list[User], email: str) -> User:
    if len(same) > 1:
        names = ", ".join(user.get_username() for user in same)
        reason = f"Several accounts have the email address {email}: {names}. Link the right one to this person."
        raise SignInRefused(Outcome.NAME_TAKEN, reason)
    user = same[0]
    if user.get_username() == settings.BREAK_GLASS_USER:
        reason = f"The email address {email} belongs to the emergency account, which only signs in with its password."
        raise SignInRefused(Outcome.NAME_TAKEN, reason, user_id=user.pk)
    if SocialAccount.objects.filter(user=user, provider=provider_id()).exists():
        reason = (
            f"The account {user.get_username()} has the email address {email} and is linked to another person of "
            "the provider. Delete that link if the provider has created this person anew."
        )
        raise SignInRefused(Outcome.NAME_TAKEN, reason, user_id=user.pk)
    return user


def _email(claims: Mapping[str, Any]) -> tuple[str, bool]:
    """The email address, and whether the provider has verified it."""
    email = str(claims.get("email") or "").strip()
    try:
        validate_email(email)
    except ValidationError:
        return "", False
    return email[:254], claims.get("email_verified") is True or settings.OIDC_TRUST_EMAIL


def _username(claims: Mapping[str, Any]) -> str:
    """The provider's name for the person, limited to characters that user names can have."""
    name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    kept = "".join(each for each in name if each.isalnum() or each in "@.+-_")
    return kept[:150] or hashlib.sha256(str(claims["sub"]).encode()).hexdigest()[:20]


def _create(claims: Mapping[str, Any]) -> User:
    user = User(username=_username(claims), email=_email(claims)[0])
    user.set_unusable_password()
    user.save()
    log.info("%s has an account now: they signed in through the identity provider", user.pk)
    return user


def _update(user: User, claims: Mapping[str, Any]) -> None:
    """Update name and verified email to the provider's current ones."""
    email, proven = _email(claims)
    wanted = {
        "first_name": str(claims.get("given_name") or user.first_name)[:150],
        "last_name": str(claims.get("family_name") or user.last_name)[:150],
        "email": email if proven and email and not _is_taken(email, user) else user.email,
    }
    changed = [name for name, value in wanted.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, wanted[name])
    if changed:
        user.save(update_fields=changed)


def _is_taken(email: str, user: User) -> bool:
    return User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists()
