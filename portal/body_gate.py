"""How large a request body may be, and from whom: others are refused before any of their bytes are stored.

What a body may contain is checked afterwards, in ``input_gate``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.platform import numbers
from portal.client_connection import SMALL_BODY, Wire
from portal.concurrency_limits import Full, Places

ANONYMOUS_BYTES = 64 * 1024
MEMBER_BYTES = 30 * 1024**2
FORMS_AT_ONCE, FORMS_OF_PERSON = 16, 4
"""Maximum number of large forms that are received in a thread at once, in total and per person."""

_SIGNED_OUT = {
    "message": _("You are no longer signed in. What was uploaded so far is kept."),
    "remedy": _("Sign in again in another tab, then continue."),
}

_PLACE = "portal.form_place"
_forms = Places(FORMS_AT_ONCE, person=FORMS_OF_PERSON, address=FORMS_AT_ONCE)


class BodyGate:
    """Comes before everything that reads a body (CSRF reads the form, forms are spooled to disk)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            if place := request.META.pop(_PLACE, None):
                place.leave()

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer 413 to a body larger than this caller may send here, 411 to one that does not state its size."""
        if getattr(view, "takes_large_body", False):
            _override_method(request)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return _refuse(gettext("The request must state its length (Content-Length)."), 411)
        known = request.user.is_authenticated
        if not known and getattr(view, "answers_scripts", False):
            return JsonResponse({name: str(text) for name, text in _SIGNED_OUT.items()}, status=401)
        # No other method: the body of a POST would be read as a form, and stored, before the view is called.
        if known and request.method == "PATCH" and getattr(view, "takes_large_body", False):
            return None
        if _announced(request) > (MEMBER_BYTES if known else ANONYMOUS_BYTES):
            if "text/html" in request.headers.get("Accept", ""):
                return render(request, "413.html", status=413)
            return _refuse(gettext("This request is too large for this address."), 413)
        return _take_place(request) if _announced(request) > SMALL_BODY else None


def _override_method(request: HttpRequest) -> None:
    """Apply a method override: where networks block PATCH, tus sends it like this. CSRF is checked after this."""
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if request.method == "POST" and method in {"PATCH", "DELETE"}:
        request.method = method


def _take_place(request: HttpRequest) -> HttpResponse | None:
    """Reserve a place for a large form, which takes a thread while it arrives: they must not take all threads."""
    wire = request.META.get("gunicorn.socket")
    ways = (wire.idle_for, wire.stop_receiving) if isinstance(wire, Wire) else (lambda: 0.0, lambda: None)
    try:
        request.META[_PLACE] = _forms.take(request, *ways)
    except Full as full:
        message = gettext("Too many large forms are being sent right now. Go back and try again in a moment.")
        if full.yours:
            message = gettext("You are sending too many large forms at once. Go back and try again in a moment.")
        refusal = _refuse(message, 429 if full.yours else 503)
        refusal.headers["Retry-After"] = "5"
        return refusal
    return None


def _announced(request: HttpRequest) -> int:
    return numbers.whole(request.META.get("CONTENT_LENGTH")) or 0


def _refuse(message: str, status: int) -> HttpResponse:
    return HttpResponse(message + "\n", status=status, content_type="text/plain")
