"""Late and stuck: when an asset that was sent becomes either, and recording it, once when late and once when stuck."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dubbing.models import Asset, Event
from dubbing.platform import lengths
from dubbing.submissions import turnaround
from dubbing.submissions.turnaround import Turnaround

log = logging.getLogger(__name__)

LATE, STUCK = 1, 2
_MOST = 500
_SOONEST_LATE = 300.0  # seconds; nothing counts as late sooner, however fast a provider is
_STUCK_AFTER = 3  # times as long as late, where there is no history


def deadlines(asset: Asset, languages: int, now: datetime) -> dict[str, datetime | int]:
    """Columns of an asset that is sent at ``now``: when it becomes late, and when stuck."""
    if expected := turnaround.of_asset(asset, languages):
        late, stuck = late_after(expected), stuck_after(expected)
    else:
        late = _late_without_history(asset.trimmed_duration)
        stuck = _STUCK_AFTER * late
    return {"late_at": now + timedelta(seconds=late), "stuck_at": now + timedelta(seconds=stuck), "lateness": 0}


def late_after(expected: Turnaround) -> float:
    """Seconds after which a video is late."""
    return min(max(expected.p95, _SOONEST_LATE), turnaround.LONGEST)


def stuck_after(expected: Turnaround) -> float:
    """Seconds after which a video is stuck."""
    return min(max(expected.p99, 2 * late_after(expected)), 2 * turnaround.LONGEST)


def _late_without_history(duration: float | None) -> float:
    """Seconds that an asset of this length (seconds) may stay open before it is shown as late."""
    return float(settings.LATE_SECONDS + 10 * min(lengths.LONGEST, duration or 0))


def note_lateness() -> int:
    """Record which open assets became late or stuck, and return how many. Stuck ones are logged as errors, for ops."""
    now = timezone.now()
    late, stuck = Q(late_at__lt=now, lateness__lt=LATE), Q(stuck_at__lt=now, lateness__lt=STUCK)
    rows = Asset.objects.filter(status__in=Asset.OPEN, late_at__lt=now).filter(late | stuck)
    return sum(_note(asset) for asset in rows.order_by("late_at")[:_MOST])


def _note(asset: Asset) -> bool:
    level = STUCK if asset.is_stuck else LATE
    with transaction.atomic():
        unchanged = Asset.objects.filter(pk=asset.pk, status=asset.status, late_at=asset.late_at)
        if not unchanged.filter(lateness__lt=level).update(lateness=level):
            return False
        kind = Event.Kind.STUCK if level == STUCK else Event.Kind.LATE
        Event.objects.record(asset, kind, cause="sweep")
    if level == STUCK:
        log.error("asset %s is stuck: open since %s", asset.pk, asset.submitted_at)
    return True
