"""Record open assets that take longer than comparable ones: once when late, once when stuck."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dubbing.models import Asset, Event

log = logging.getLogger(__name__)

LATE, STUCK = 1, 2
_MOST = 500


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
