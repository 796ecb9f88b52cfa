"""The second step of signing in: codes of an app, passkeys and recovery codes, and who has to have one."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from dubbing.accounts.attempt_limits import Limit
from dubbing.models import Policy

NAME = "Dubbing Portal"
NEEDED = "needs_second_step"
"""In a session: its person has to set up a second step before anything else."""
Kind = Authenticator.Type
# An address has few attempts. All addresses together have some more: only somebody who knows the password uses them up.
FROM_ADDRESS = Limit("wrong second step from an address", 5, 15 * 60)
OF_PERSON = Limit("wrong second step of a person", 50, 60 * 60)
_USED = Limit("code of an app used", 1, 90)
# What the libraries raise for what is no answer of a passkey, beside an answer to something else.
_NO_ANSWER = (ValidationError, ValueError, TypeError, KeyError, AttributeError)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """django-allauth with our name, and secrets that are not readable in a copy of the database."""

    def encrypt(self, text: str) -> str:
        """With a key that follows from ``SECRET_KEY``."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """An unusable text if ``SECRET_KEY`` was changed: codes then fit nothing."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return "A" * 32

    def get_totp_issuer(self) -> str:
        """The name in the person's app."""
        return NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the configured address, whatever host was asked."""
        return {"id": settings.PORTAL_HOST, "name": NAME}


def _fernet() -> Fernet:
    digest = hashlib.sha256(b"second step:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def authenticators(user: User) -> list[Authenticator]:
    """What the person has set up, without recovery codes."""
    return list(Authenticator.objects.filter(user=user).exclude(type=Kind.RECOVERY_CODES).order_by("pk"))


def is_missing(user: User) -> bool:
    """Whether the person has to have a second step and has none."""
    admin = settings.SECOND_STEP_FOR_ADMINS and (user.is_staff or user.is_superuser)
    needed = admin or Policy.objects.filter(second_step=True, project__memberships__user=user).exists()
    return needed and not authenticators(user)


def wait(user: User, address: str) -> int:
    """The seconds until the next attempt may be made; 0: now."""
    return max(FROM_ADDRESS.wait(f"{user.pk} {address}"), OF_PERSON.wait(str(user.pk)))


def note_failure(user: User, address: str) -> None:
    """Count a wrong code or passkey."""
    FROM_ADDRESS.count(f"{user.pk} {address}")
    OF_PERSON.count(str(user.pk))


def accepts_code(request: HttpRequest, user: User, code: str) -> bool:
    """Whether this is a code of the person's app, not used before, or an unused recovery code, which is used up now."""
    code = "".join(code.split())
    for row in Authenticator.objects.filter(user=user, type__in=[Kind.TOTP, Kind.RECOVERY_CODES]):
        if row.type == Kind.TOTP and _USED.wait(f"{user.pk} {code}"):
            continue
        if row.wrap().validate_code(code):
            if row.type == Kind.TOTP:
                _USED.count(f"{user.pk} {code}")
            _accepted(request, user, row)
            return True
    return False


def accepts_passkey(request: HttpRequest, user: User, response: Any) -> bool:
    """Whether this is the answer of one of the person's passkeys to what was just asked."""
    try:
        row = webauthn.complete_authentication(user, webauthn.parse_authentication_response(response))
    except _NO_ANSWER:
        return False
    _accepted(request, user, row)
    return True


def _accepted(request: HttpRequest, user: User, row: Authenticator) -> None:
    row.record_usage()
    record_authentication(request, user, "mfa", id=row.pk, type=row.type)


def add_app(user: User, secret: str, code: str) -> bool:
    """Have codes of an app count from now on. Returns False if the code does not fit the secret."""
    if not totp.validate_totp_code(secret, "".join(code.split())):
        return False
    try:
        with transaction.atomic():
            totp.TOTP.activate(user, secret)
    except IntegrityError:  # set up twice at once
        return False
    return True


def add_passkey(user: User, name: str, response: Any) -> bool:
    """Have this passkey count from now on. Returns False if it does not answer what was just asked."""
    try:
        webauthn.complete_registration(webauthn.parse_registration_response(response))
    except _NO_ANSWER:
        return False
    webauthn.WebAuthn.add(user, name, response)
    return True


def remove(user: User, pk: int) -> bool:
    """Remove one; with the last one, the recovery codes go too. Returns whether there was such a one."""
    with transaction.atomic():
        gone, _ = Authenticator.objects.filter(user=user, pk=pk).exclude(type=Kind.RECOVERY_CODES).delete()
        if not authenticators(user):
            Authenticator.objects.filter(user=user).delete()
    return bool(gone)


def new_recovery_codes(user: User) -> list[str]:
    """Ten codes that work once each, in place of any earlier ones. They are shown once."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).delete()
        codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return codes


def recovery_codes_left(user: User) -> int | None:
    """How many recovery codes are unused; None if the person has none."""
    row = Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).first()
    return len(row.wrap().get_unused_codes()) if row else None
