"""Times are shown in the zone of their reader, which the browser says in a cookie (static/js/theme.js).

What counts for a month or goes out at an hour keeps to TIME_ZONE, whoever looks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "zone"


class ReaderZone:
    """Middleware: the reader's zone while a request is answered, TIME_ZONE where they name none that there is."""

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
