"""The gate for programs: recognise the token before anything reads the body, and limit its rate and its body.

The upload address also accepts tokens; no other address does. A request with a token has no session: cookies are
ignored.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from dubbing.accounts import tokens
from dubbing.api import problems
from dubbing.api.problems import Problem
from dubbing.models import ApiToken
from dubbing.platform import numbers
from portal.addresses import client_address
from portal.recent_counts import counts

MOST_BYTES = 10 * 1024**2
"""Maximum size of a JSON body: enough for a draft with all its subtitles."""
_MINUTE = 60
_SCHEME = "bearer "
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Dubbing Portal"'}
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a token has left in this minute."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers as the IETF draft names them."""
        figures = {"Limit": self.limit, "Remaining": self.remaining, "Reset": self.reset}
        return {f"RateLimit-{name}": str(figure) for name, figure in figures.items()}


class TokenGate:
    """Recognises the token before anything reads the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Return a problem for a token that is missing, unknown, expired, revoked, or used too often."""
        given = request.headers.get("Authorization", "")
        only = getattr(view, "takes_tokens_only", False)
        if not only and not (getattr(view, "takes_tokens", False) and given.lower().startswith(_SCHEME)):
            return None
        request.user = AnonymousUser()
        try:
            token = _recognised(given, client_address(request))
            request.user, request.api_token = token.user, token  # type: ignore[attr-defined]
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # no browser sends a token by itself
            _check_pace(request, token)
            if only:
                _check_body(request)
            elif ApiToken.Scope.WRITE not in token.scopes:
                raise Problem("not-allowed", "This token only reads. Uploading needs the scope “write”.")
        except Problem as problem:
            return problems.answer(request, problem)
        tokens.note_use(token)
        return None


def token_of(request: HttpRequest) -> ApiToken:
    """The token of this request; TokenGate lets no request without one reach the API."""
    token: ApiToken = request.api_token  # type: ignore[attr-defined]
    return token


def _recognised(given: str, address: str) -> ApiToken:
    text = given[len(_SCHEME) :].strip() if given.lower().startswith(_SCHEME) else ""
    if not text:
        raise Problem("no-valid-token", "Send a token: “Authorization: Bearer …”.", headers=_CHALLENGE)
    try:
        token = tokens.recognise(text, address)
    except tokens.TooManyGuesses as guesses:
        headers = {"Retry-After": str(guesses.seconds)}
        raise Problem("too-many-requests", "Too many unknown tokens came from your address.", headers=headers) from None
    if token is None:
        detail = "This token does not exist, was revoked or has expired, or its person has left. Create another one."
        raise Problem("no-valid-token", detail, headers=_CHALLENGE)
    return token


def _check_pace(request: HttpRequest, token: ApiToken) -> None:
    limit, now = settings.API_REQUESTS_PER_MINUTE, int(time.time())
    count = counts.count(f"api:{token.pk}:{now // _MINUTE}", _MINUTE)
    rate = Rate(limit, max(0, limit - count), _MINUTE - now % _MINUTE)
    request.api_rate = rate  # type: ignore[attr-defined]
    if count > limit:
        headers = {"Retry-After": str(rate.reset)}
        raise Problem("too-many-requests", f"A token may make {limit} requests in a minute.", headers=headers)


def _check_body(request: HttpRequest) -> None:
    length = numbers.whole(request.META.get("CONTENT_LENGTH")) or 0
    if length > MOST_BYTES:
        raise Problem("too-large", f"The limit is {MOST_BYTES} bytes. Upload videos by the upload address.")
    if length and request.content_type != "application/json":
        raise Problem("not-json", "Send the body as application/json.")
