"""Lock sign-in after wrong passwords: for whom, for how long, and what the page says.

django-axes counts them by name and address, so people at another address can always sign in. A second, higher limit
counts everything from one address, whatever names were tried.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.addresses import client_address


class Locks(AxesDatabaseHandler):  # type: ignore[misc]
    """The limit by name and address, and the limit by address."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether this name is locked for this address, or the address is locked altogether."""
        if super().is_locked(request, credentials):
            return True
        failures = _from_address(request).aggregate(sum=Sum("failures_since_start"))["sum"] or 0
        return bool(failures >= settings.SIGN_IN_FAILURES_PER_ADDRESS)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """Answer 429 with the seconds until the next attempt is allowed. ``credentials``: what was tried."""
    by_name = Locks().get_user_attempts(request, credentials)[0]
    name = _seconds_left(by_name, settings.AXES_FAILURE_LIMIT)
    address = _seconds_left(_from_address(request), settings.SIGN_IN_FAILURES_PER_ADDRESS)
    seconds = max(name, address, 1)
    context = {"minutes": ceil(seconds / 60), "whole_address": address > name}
    page = render(request, "registration/locked.html", context, status=429)
    page["Retry-After"] = str(seconds)
    return page


def _from_address(request: HttpRequest) -> QuerySet[Any]:
    attempts = AccessAttempt.objects.filter(ip_address=client_address(request))
    lately: QuerySet[Any] = attempts.filter(attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME)
    return lately


def _seconds_left(attempts: QuerySet[Any], most: int) -> int:
    """Seconds until enough attempts have expired that fewer than ``most`` are left; 0 if there are fewer now."""
    wait: timedelta = settings.AXES_COOLOFF_TIME
    counted: list[tuple[datetime, int]] = list(
        attempts.order_by("attempt_time").values_list("attempt_time", "failures_since_start")
    )
    left, now = sum(failures for _, failures in counted), timezone.now()
    until = now
    for at, failures in counted:
        if left < most:
            break
        left, until = left - failures, at + wait
    return max(0, ceil((until - now).total_seconds()))
