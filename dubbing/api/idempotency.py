"""Paid requests are carried out once, however often a program sends them with the same key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Schema

from dubbing.api.caller import Caller
from dubbing.api.problems import Problem
from dubbing.models import IdempotentRequest
from dubbing.platform.errors import NotPossible

KEPT = timedelta(days=7)
PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "A key of your own: the same request with the same key is carried out once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
"""The header as the OpenAPI document describes it."""
_KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
_REPLAYED = "Idempotency-Replayed"


def perform_once(request: HttpRequest, caller: Caller, perform: Callable[[], Schema]) -> HttpResponse:
    """The answer of ``perform``, or the stored one of the same request with the same key. Raises what it raises.

    A refused request has no effect, and its key can be used again.
    """
    answer, replayed = answer_once(caller, _key(request), _fingerprint(request), perform)
    return JsonResponse(answer, headers={_REPLAYED: "true" if replayed else "false"})


def answer_once(
    caller: Caller, key: str, fingerprint: str, perform: Callable[[], Schema]
) -> tuple[dict[str, Any], bool]:
    """The same for a request whose key is known; also returns whether the answer is the stored one.

    ``fingerprint``: at most 64 characters that are the same for the same request.
    """
    row, _made = IdempotentRequest.objects.get_or_create(
        user=caller.user, key=key, defaults={"fingerprint": fingerprint}
    )
    if row.fingerprint != fingerprint:
        raise Problem("idempotency-key-reused", "Use a new key for each request. A key is kept for seven days.")
    try:
        return _answer(row.pk, perform)
    except (Problem, NotPossible):
        IdempotentRequest.objects.filter(pk=row.pk, status=None).delete()
        raise


def forget_old() -> None:
    """Delete keys that no program will send again."""
    IdempotentRequest.objects.filter(made_at__lt=timezone.now() - KEPT).delete()


def _answer(pk: int, perform: Callable[[], Schema]) -> tuple[dict[str, Any], bool]:
    with transaction.atomic():
        row = IdempotentRequest.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise Problem("conflict", "The same request was refused a moment ago. Send it again.")
        if row.status:
            return row.answer, True
        row.answer, row.status = perform().model_dump(mode="json"), 200
        row.save(update_fields=["answer", "status"])
    return row.answer, False


def _key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        detail = "This request uses minutes. Send a key of your own with it, so that it is carried out only once."
        raise Problem("idempotency-key-missing", detail)
    if not _KEY.fullmatch(key):
        detail = "A key has 1 to 255 printable characters."
        raise Problem("invalid", detail, errors={"Idempotency-Key": [detail]})
    return key


def _fingerprint(request: HttpRequest) -> str:
    content = f"{request.method} {request.path}\n".encode() + request.body
    return hashlib.sha256(content).hexdigest()
