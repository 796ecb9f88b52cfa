"""The language of a page: the one its reader chose, else the one their browser asks for."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from dubbing.accounts import languages


class PersonLanguage:
    """Stands behind ``LocaleMiddleware``, which knows the browser but not the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Whoever has no session is nobody: health checks and callbacks ask no database who they are.
        chosen = languages.language_of(request.user) if settings.SESSION_COOKIE_NAME in request.COOKIES else ""
        if chosen:
            translation.activate(chosen)
            request.LANGUAGE_CODE = translation.get_language() or chosen
        return self.get_response(request)
