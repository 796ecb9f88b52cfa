"""Keep browsers and proxies from storing answers for one person."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NoStore:
    """Keeps browsers and proxies from storing answers for one person, unless an answer says otherwise.

    Files and parts of pages that are polled do say otherwise (``ETag``).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
