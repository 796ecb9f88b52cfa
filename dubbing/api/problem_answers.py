"""Turn every refusal of a program's request into a problem document. Every answer gets an id, its rate and an ETag."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from dubbing.accounts import tokens
from dubbing.api import problems
from dubbing.api.problems import Explained
from dubbing.api.token_gate import Rate
from dubbing.platform import formatting

PREFIXES = ("/api/", "/mcp/")
_LONGEST_DETAIL = 500


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
