"""End sessions that are too old, or that nobody used for too long."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from dubbing.accounts import sessions
from portal import page_polling


class SessionAge:
    """``SESSION_HOURS`` and ``SESSION_IDLE_MINUTES``. A page that polls by itself does not count as use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            if sessions.is_over(request.session):
                logout(request)
            elif page_polling.HEADER not in request.headers:
                sessions.note_use(request)
        return self.get_response(request)
