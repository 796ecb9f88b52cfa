"""Times are shown in the reader's zone, which the browser states in a cookie (static/js/theme.js).

Whatever counts for a month or is sent at a certain hour uses TIME_ZONE, regardless of the reader.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "zone"


class ReaderZone:
    """Middleware: sets the reader's zone while a request is answered; TIME_ZONE if they name no valid one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        if name not in _names():
            return self.get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self.get_response(request)


@cache
def _names() -> set[str]:
    return available_timezones()
