"""Somebody's second step, for tests: codes as their app shows them."""

from __future__ import annotations

import time

from allauth.mfa.totp.internal import auth
from django.contrib.auth.models import User

from dubbing.sign_in import second_step


def code_of(secret: str, *, ahead: int = 0) -> str:
    """What the app shows now, or so many half minutes from now."""
    code: str = auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + ahead))
    return code


def give_app(user: User) -> str:
    """Set up an app. Returns its secret; codes of the half minute before this one were used for it."""
    secret: str = auth.generate_totp_secret()
    assert second_step.add_app(user, secret, code_of(secret, ahead=-1))
    return secret
