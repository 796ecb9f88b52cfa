"""The cookie that keeps the interface language for pages before signing in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponseBase


def keep_language(response: HttpResponseBase, language: str) -> None:
    """Have the browser store this language; an empty string: forget the stored one."""
    if not language:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
