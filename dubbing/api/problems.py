"""Errors as RFC 9457 describes them: application/problem+json, the same for every status."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

CONTENT_TYPE = "application/problem+json"
Errors = Mapping[str, Sequence[str]]

_OWNER, _ADMIN = "project owner", "administrator"
# By status: the code, the title, and who can do something about it.
_KINDS: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "The request cannot be read", "you"),
    401: ("no-valid-token", "A valid token is needed", "you"),
    403: ("not-allowed", "The token does not allow this", "you"),
    404: ("not-found", "There is nothing here", "you"),
    405: ("method-not-allowed", "This address does not take this method", "you"),
    409: ("conflict", "This conflicts with the current state", "you"),
    411: ("length-required", "The request does not say how long it is", "you"),
    413: ("too-large", "The request is too large", "you"),
    415: ("not-json", "The body has to be JSON", "you"),
    422: ("invalid", "Some values are not valid", "you"),
    429: ("too-many-requests", "Too many requests", "you"),
    500: ("internal-error", "Something went wrong in the portal", _ADMIN),
    503: ("unavailable", "The portal cannot do this right now", _ADMIN),
}
CODES: dict[str, tuple[int, str, str]] = {
    **{code: (status, title, who) for status, (code, title, who) in _KINDS.items()},
    "not-enough-minutes": (409, "Not enough minutes are left this month", _OWNER),
    "policy": (409, "The project’s policy forbids it", _OWNER),
    "not-confirmed": (409, "The confirmation does not match this request", "you"),
    "idempotency-key-missing": (422, "The header Idempotency-Key is missing", "you"),
    "idempotency-key-reused": (422, "This Idempotency-Key was used for another request", "you"),
}
"""Every problem by code: its status, its title, and who can fix it."""
_DETAILS = {
    404: "Nothing with this address exists, or this token may not see it.",
    500: "The error was logged. Try again; if it happens again, give an administrator the request id.",
    503: "Try again in a moment.",
}


class Problem(Exception):
    """Raised to answer with this problem. ``errors``: messages by field."""

    def __init__(
        self, code: str, detail: str = "", *, errors: Errors | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.errors, self.headers = code, detail, errors or {}, headers or {}
        self.status = CODES[code][0]


class Explained(HttpResponse):
    """An answer that says what is wrong. Any other refusal of a program’s request is turned into one."""


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as an answer."""
    body = document(problem, request_id(request))
    headers = {"Content-Type": CONTENT_TYPE, **problem.headers}
    return Explained(json.dumps(body, ensure_ascii=False), status=problem.status, headers=headers)


def of_status(status: int, detail: str = "") -> Problem:
    """The problem for an answer with this status that was not made by the API."""
    known = status if status in _KINDS else 400 if status < 500 else 500
    problem = Problem(_KINDS[known][0], detail)
    problem.status = status
    return problem


def document(problem: Problem, identifier: str) -> dict[str, Any]:
    """The members of the problem document."""
    _status, title, who = CODES[problem.code]
    phrase = HTTPStatus(problem.status).phrase if problem.status in set(HTTPStatus) else title
    return {
        "type": f"{settings.PORTAL_URL}/api/v1/docs#{problem.code}",
        "title": title,
        "status": problem.status,
        "detail": problem.detail or _DETAILS.get(problem.status, f"{phrase}."),
        "errors": {name: list(messages) for name, messages in problem.errors.items()},
        "who_can_fix": who,
        "request_id": identifier,
    }


def request_id(request: HttpRequest) -> str:
    """The id by which an answer is found in the logs."""
    return str(getattr(request, "request_id", ""))
