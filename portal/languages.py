"""Middleware for the language of a page: the reader's choice, or else their browser's."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from dubbing.accounts import languages


class PersonLanguage:
    """Comes after ``LocaleMiddleware``, which knows the browser but not the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session there is no person: health checks and callbacks must not query the database for one.
        chosen = languages.language_of(request.user) if settings.SESSION_COOKIE_NAME in request.COOKIES else ""
        if chosen:
            translation.activate(chosen)
            request.LANGUAGE_CODE = translation.get_language() or chosen
        return self.get_response(request)
