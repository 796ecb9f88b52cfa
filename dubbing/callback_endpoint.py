"""The provider's callback: verify it, store it, wake a worker, answer 2xx. A callback is only ever a hint."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import Error as DatabaseDown
from django.db import transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dubbing import tasks
from dubbing.accounts.attempt_limits import Limit
from dubbing.models import Asset, Callback, Submission, Version
from dubbing.platform import log_scope
from dubbing.providers import callbacks
from dubbing.providers.base import Delivery, NotGenuine
from dubbing.submissions.outcomes import name_candidate
from dubbing.submissions.sender import hash_token
from portal.addresses import client_address
from portal.recent_counts import counts

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
# Per minute: refused deliveries from one address, and accepted ones for one submission. The first are counted in rows;
# the second are too many for rows, and are counted in Redis if there is one.
REFUSED_LIMIT, ACCEPTED_LIMIT = 60, 6000
WINDOW = 60
TOO_MANY = "too many refused deliveries"


class CallbackRefused(Exception):
    """The delivery is not accepted; carries the HTTP status."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """``POST /callbacks/<provider>/<token>/``: 204 stored, 4xx refused and nothing stored, 503 try again."""
    caller = client_address(request)
    if cache.get(f"callback-refused:{caller}"):
        return _answer(429, TOO_MANY)
    try:
        submission, body = _received(request, provider, token)
        hint = _read(provider, body, request)
        _check_binding(provider, submission, hint)
        _store(submission, body, hint)
    except CallbackRefused as refusal:
        log.warning("callback refused (%s): %s", refusal.status, refusal)
        return _refuse(caller, refusal)
    except DatabaseDown:
        log.exception("could not store a callback")
        return _answer(503, "try again later")
    return HttpResponse(status=204)


def _refuse(caller: str, refusal: CallbackRefused) -> HttpResponse:
    """Say why, until the caller was refused too often, which is counted in rows for all processes.

    What this process remembers only saves a query; if it forgets, the next refusal finds it again.
    """
    try:
        wait = Limit("refused callbacks", REFUSED_LIMIT, WINDOW).count(caller)
    except DatabaseDown:
        return _answer(503, "try again later")
    if not wait:
        return _answer(refusal.status, str(refusal))
    cache.set(f"callback-refused:{caller}", True, wait)
    return _answer(429, TOO_MANY)


def _received(request: HttpRequest, provider: str, token: str) -> tuple[Submission, bytes]:
    """The submission that the address belongs to, and the body."""
    submission = Submission.objects.called_back(hash_token(token), provider)
    if submission is None:
        raise CallbackRefused(401, "unknown address")
    log_scope.note(submission=submission.pk, asset=submission.asset_id)
    if counts.count(f"callback:{submission.pk}", WINDOW) > ACCEPTED_LIMIT:
        raise CallbackRefused(429, "too many deliveries")
    try:
        body = request.read(MAX_BODY + 1)
    except UnreadablePostError:
        raise CallbackRefused(400, "the body did not arrive") from None
    if len(body) > MAX_BODY:
        raise CallbackRefused(413, "the body is too large")
    return submission, body


def _read(provider: str, body: bytes, request: HttpRequest) -> Delivery:
    try:
        return callbacks.read(provider, body, request.headers)
    except NotGenuine as problem:
        raise CallbackRefused(401, str(problem)) from None
    except ValueError as problem:
        raise CallbackRefused(400, str(problem)) from None


def _check_binding(provider: str, submission: Submission, hint: Delivery) -> None:
    """Raise CallbackRefused unless address and asset belong together: one key signs for all customers."""
    if not hint.asset_id and not hint.named & _known_ids(submission):
        raise CallbackRefused(400, "the body names no asset")
    if submission.remote_id and not callbacks.concerns(provider, hint, submission.remote_id):
        raise CallbackRefused(401, "this address belongs to another asset")
    if not submission.remote_id and _belongs_to_another(provider, submission, hint.asset_id):
        raise CallbackRefused(401, "this asset has another address")


def _belongs_to_another(provider: str, submission: Submission, remote_id: str) -> bool:
    others = Asset.objects.filter(provider=provider).exclude(pk=submission.asset_id)
    return others.filter(remote_id=remote_id).exclude(remote_id="").exists()


def _known_ids(submission: Submission) -> set[str]:
    versions = Version.objects.filter(dubbing__asset=submission.asset_id).values_list("remote_id", flat=True)
    return {submission.remote_id, *versions} - {""}


def _store(submission: Submission, body: bytes, hint: Delivery) -> None:
    if hint.asset_id and not submission.remote_id:
        with transaction.atomic():
            name_candidate(submission, hint.asset_id)
            _take(submission, body, hint)
            tasks.submit.enqueue(submission.pk)
    else:
        _take(submission, body, hint)


def _take(submission: Submission, body: bytes, hint: Delivery) -> None:
    contents = {"event": hint.event, "asset_id": hint.asset_id, "version_id": hint.version_id}
    if Callback.objects.take(submission, body, **contents):
        tasks.sync.enqueue(submission.asset_id)


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain")
