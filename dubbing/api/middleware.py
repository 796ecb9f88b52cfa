"""Around the API: identify the token, limit its rate, and turn every refusal into a problem document.

The upload address also accepts tokens; no other address does. A request with a token has no session: cookies are
ignored.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from dubbing.accounts import tokens
from dubbing.api import problems
from dubbing.api.problems import Explained, Problem
from dubbing.models import ApiToken
from dubbing.platform import formatting, numbers
from portal.addresses import client_address
from portal.recent_counts import counts

log = logging.getLogger(__name__)

PREFIXES = ("/api/", "/mcp/")
MOST_BYTES = 10 * 1024**2
"""Maximum size of a JSON body: enough for a draft with all its subtitles."""
_MINUTE = 60
_SCHEME = "bearer "
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Dubbing Portal"'}
_LONGEST_DETAIL = 500
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


class ProblemAnswers:
    """Gives each API request an id, and turns every refusal into a problem document."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIXES):
            return self.get_response(request)
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        response = self.get_response(request)
        if response.status_code >= 400 and not isinstance(response, Explained):
            response = _as_problem(request, response)
        response.headers["X-Request-Id"] = problems.request_id(request)
        if rate := getattr(request, "api_rate", None):
            for name, figure in rate.headers.items():
                response.headers[name] = figure
        return _conditional(request, response)


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


def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    is_text = response.headers.get("Content-Type", "").startswith("text/plain") and not response.streaming
    detail = formatting.one_line(response.content.decode("utf-8", "replace"))[:_LONGEST_DETAIL] if is_text else ""
    problem = problems.of_status(response.status_code, detail)
    kept = ("Allow", "Retry-After", "WWW-Authenticate", "Content-Range")
    problem.headers = {name: response.headers[name] for name in kept if name in response.headers}
    answer = problems.answer(request, problem)
    # Its file is closed together with the answer. Closing it here would end the request before it is answered.
    answer._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]
    return answer


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Answer 304 if the program already has this content."""
    is_plain = response.status_code == 200 and not response.streaming and "ETag" not in response.headers
    if request.method != "GET" or not is_plain:
        return response
    response.headers["ETag"] = quote_etag(tokens.digest(response.content.decode("utf-8", "replace"))[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    unchanged: HttpResponse | None = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    if unchanged is None or unchanged is response:
        return response
    for name in ("X-Request-Id", *Rate(0, 0, 0).headers):
        if name in response.headers:
            unchanged.headers[name] = response.headers[name]
    return unchanged
