"""Tell another program about alerts: ALERT_WEBHOOK_URL gets one JSON document for each, and one for its end.

``text`` is a whole sentence, which is what chat programs show.
"""

from __future__ import annotations

import json
import logging
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from dubbing.models import Alert
from dubbing.platform import health_messages
from dubbing.providers.network import Call, transport

log = logging.getLogger(__name__)

TRIED_FOR = timedelta(days=1)
_SECONDS = 10.0
_TIMEOUT = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}


def post_waiting() -> None:
    """Post what was not accepted yet, oldest first. What fails is tried again at the next evaluation, for a day."""
    if not settings.ALERT_WEBHOOK_URL:
        return
    unposted = Q(posted_at=None) | Q(cleared_at__isnull=False, clearing_posted_at=None)
    waiting = Alert.objects.filter(unposted, announced_at__gt=timezone.now() - TRIED_FOR).order_by("pk")
    for alert in waiting[:50]:
        if alert.posted_at is None:
            if not _post(alert, "alert.opened", alert.announced_at):
                return
            Alert.objects.filter(pk=alert.pk).update(posted_at=timezone.now())
        if alert.cleared_at is not None:
            if not _post(alert, "alert.cleared", alert.cleared_at):
                return
            Alert.objects.filter(pk=alert.pk).update(clearing_posted_at=timezone.now())


def _post(alert: Alert, kind: str, at: datetime | None) -> bool:
    body = json.dumps(_document(alert, kind, at), ensure_ascii=False).encode()
    headers = {"User-Agent": "dubbing-portal", "Content-Type": "application/json", "Content-Length": str(len(body))}
    try:
        # Any address: whoever runs the portal chose it, and it may be a private one.
        pool = transport(lambda _address: True, keep=False)
        request = httpx.Request(
            "POST", settings.ALERT_WEBHOOK_URL, headers=headers, content=body, extensions={"timeout": _TIMEOUT}
        )
        with pool, Call(_SECONDS).running(), closing(pool.handle_request(request)) as response:
            accepted = 200 <= response.status_code < 300
            problem = f"HTTP {response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        accepted, problem = False, type(error).__name__  # its text may contain the address, which is a secret
    if not accepted:
        log.warning("the webhook for alerts was not accepted: %s", problem)
    return accepted


def _document(alert: Alert, kind: str, at: datetime | None) -> dict[str, Any]:
    message = health_messages.message_of(alert.problem)
    if kind == "alert.opened":
        text = f"{alert}: {alert.figure}. {message.meaning} {message.remedy}"
    else:
        text = f"{alert}: works again."
    return {
        "type": kind,
        "timestamp": at.isoformat() if at else None,
        "text": text,
        "data": {
            "alert_id": alert.pk,
            "line": alert.line,
            "problem": alert.problem,
            "figure": alert.figure,
            "meaning": str(message.meaning),
            "remedy": str(message.remedy),
            "url": f"{settings.PORTAL_URL}/health/",
        },
    }
