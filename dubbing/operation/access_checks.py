"""Access checks: free calls to each provider, and a call to the portal's own address. Made by ``beat`` alone."""

from __future__ import annotations

import logging
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from django.conf import settings
from django.utils import timezone

from dubbing import providers
from dubbing.models import AccessCheck
from dubbing.models.access_checks import PORTAL
from dubbing.platform import formatting
from dubbing.providers.base import AccountLimited, AnswerLost, KeyRejected, NotSent, ProviderError, Throttled
from dubbing.providers.dates import http_date
from dubbing.providers.network import Call, transport

log = logging.getLogger(__name__)

EVERY, EVERY_FAILING = timedelta(minutes=5), timedelta(minutes=1)
LEASE = 60.0
LIVE_PATH = "/healthz/live"
_SECONDS = 10.0
_TIMEOUT = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
_MOST_BYTES = 1000
_OUTCOMES: dict[type[ProviderError], AccessCheck.Outcome] = {
    KeyRejected: AccessCheck.Outcome.KEY,
    AccountLimited: AccessCheck.Outcome.ACCOUNT,
    Throttled: AccessCheck.Outcome.GOOD,  # it read our key before it refused
    NotSent: AccessCheck.Outcome.DOWN,
    AnswerLost: AccessCheck.Outcome.DOWN,
}


@dataclass(frozen=True, slots=True)
class _CallResult:
    outcome: str
    problem: str = ""
    server_time: datetime | None = None


def subjects() -> list[str]:
    """Everything that is checked: the portal's address, and the providers that document a free call."""
    return [PORTAL, *(name for name in providers.provider_names() if providers.has_free_check(name))]


def run_due_checks() -> int:
    """Run every check that is due, one after another. Returns how many this process ran."""
    wanted = subjects()
    known = set(AccessCheck.objects.filter(subject__in=wanted).values_list("subject", flat=True))
    AccessCheck.objects.bulk_create(
        (AccessCheck(subject=name) for name in wanted if name not in known), ignore_conflicts=True
    )
    due = AccessCheck.objects.due().filter(subject__in=wanted).values_list("pk", flat=True)
    return sum(_run(pk) for pk in due)


def _run(pk: int) -> bool:
    lease = AccessCheck.objects.due().claim(pk, seconds=LEASE)
    if lease is None:
        return False
    check = AccessCheck.objects.get(pk=pk)
    begun = time.monotonic()
    result = _call_portal() if check.subject == PORTAL else _call_provider(check.subject)
    _note(check, lease, result, time.monotonic() - begun)
    return True


def _note(check: AccessCheck, lease: uuid.UUID, result: _CallResult, took: float) -> None:
    now = timezone.now()
    is_good = result.outcome == AccessCheck.Outcome.GOOD
    offset = (result.server_time - now).total_seconds() if result.server_time else None
    AccessCheck.objects.release(
        check.pk,
        lease,
        outcome=result.outcome,
        problem=formatting.one_line(result.problem)[:300],
        milliseconds=round(took * 1000),
        clock_offset=offset,
        checked_at=now,
        failing_since=None if is_good else check.failing_since or now,
        next_at=now + (EVERY if is_good else EVERY_FAILING),
    )


def _call_provider(name: str) -> _CallResult:
    try:
        return _CallResult(AccessCheck.Outcome.GOOD, server_time=providers.check_access(name))
    except ProviderError as error:
        outcome = _OUTCOMES.get(type(error), AccessCheck.Outcome.OTHER)
        return _CallResult(outcome, "" if outcome == AccessCheck.Outcome.GOOD else str(error))
    except ValueError as error:
        return _CallResult(AccessCheck.Outcome.OTHER, str(error))


def _call_portal() -> _CallResult:
    """Call our own public address as a stranger would. Redirects are not followed: callbacks would not be, either."""
    try:
        status, body, server_time = _get(settings.PORTAL_URL + LIVE_PATH)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return _CallResult(AccessCheck.Outcome.DOWN, f"{type(error).__name__}: {error}")
    if status == 200 and b'"portal"' in body:
        return _CallResult(AccessCheck.Outcome.GOOD, server_time=server_time)
    return _CallResult(AccessCheck.Outcome.OTHER, f"HTTP {status}, not from this portal")


def _get(url: str) -> tuple[int, bytes, datetime | None]:
    # Any address: it is our own, from the settings, and may be a private one.
    pool = transport(lambda _address: True, keep=False)
    request = httpx.Request("GET", url, headers={"User-Agent": "dubbing-portal"}, extensions={"timeout": _TIMEOUT})
    with pool, Call(_SECONDS).running(), closing(pool.handle_request(request)) as response:
        body = b""
        for piece in response.iter_raw(_MOST_BYTES):
            body += piece
            if len(body) >= _MOST_BYTES:
                break
        return response.status_code, body, http_date(response.headers.get("Date", ""))
