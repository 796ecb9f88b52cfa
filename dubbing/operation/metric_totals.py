"""Totals for metrics: save what processes measured, and count large tables without ever reading them whole."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import Error as DatabaseDown
from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone

from dubbing.models import Event, Measurement, Result, Tally
from dubbing.platform import measurements

EVENTS, RESULTS = "events", "results"
KEPT, KEPT_BYTES = "kept", "kept_bytes"
AT_ONCE = 20_000
"""Ids that are counted in one step."""
SETTLED = timedelta(seconds=90)
"""Ids can become visible in another order than they were given: rows younger than that are counted later."""


def save_measurements() -> None:
    """Add what this process has measured to the rows. Raises ``DatabaseError``, and then nothing is lost."""
    counts = measurements.take()
    try:
        with transaction.atomic():
            # In order, so that processes that save at the same time wait for each other instead of blocking each other.
            for series in sorted(counts):
                _save(series, *counts[series])
    except DatabaseDown:
        measurements.add(counts)
        raise


def _save(series: measurements.Series, count: int, seconds: float) -> None:
    key = {name: getattr(series, name) for name in ("name", "subject", "outcome", "limit_ms")}
    grown = {"count": F("count") + count, "seconds": F("seconds") + seconds}
    if not Measurement.objects.filter(**key).update(**grown):
        row, _made = Measurement.objects.get_or_create(**key)
        Measurement.objects.filter(pk=row.pk).update(**grown)


def update_totals() -> None:
    """Count what was added to the tables. Several processes may call it at the same time."""
    while _count_events() or _count_results():
        pass


def _count_events() -> bool:
    """Count some events by kind. Return whether there may be more."""
    with transaction.atomic():
        next_ids = _next_ids(EVENTS, Event.objects.all(), "at")
        if next_ids is None:
            return False
        cursor, last = next_ids
        rows = Event.objects.order_by().filter(pk__gt=cursor.value, pk__lte=last)
        for kind, count in rows.values_list("kind").annotate(count=Count("pk")):
            Tally.objects.add(EVENTS, kind, count)
        Tally.objects.filter(pk=cursor.pk).update(value=last)
    return True


def _count_results() -> bool:
    """Count some results and their bytes. Return whether there may be more."""
    with transaction.atomic():
        next_ids = _next_ids(RESULTS, Result.objects.all(), "kept_at")
        if next_ids is None:
            return False
        cursor, last = next_ids
        rows = Result.objects.order_by().filter(pk__gt=cursor.value, pk__lte=last)
        totals = rows.aggregate(count=Count("pk"), size=Sum("size"))
        Tally.objects.add(RESULTS, KEPT, totals["count"])
        Tally.objects.add(RESULTS, KEPT_BYTES, totals["size"] or 0)
        Tally.objects.filter(pk=cursor.pk).update(value=last)
    return True


def _next_ids(name: str, rows: QuerySet[Event] | QuerySet[Result], column: str) -> tuple[Tally, int] | None:
    """The table's cursor, locked, and the last id to count now; None if there is nothing, or somebody else counts."""
    Tally.objects.get_or_create(name=name, label="")
    cursor = Tally.objects.select_for_update(skip_locked=True).filter(name=name, label="").first()
    if cursor is None:
        return None
    newest = _newest_settled(rows, column, timezone.now() - SETTLED)
    last = min(newest, cursor.value + AT_ONCE)
    return (cursor, last) if last > cursor.value else None


def _newest_settled(rows: QuerySet[Event] | QuerySet[Result], column: str, before: datetime) -> int:
    """The newest id of the rows that are old enough, found from the end: few are younger."""
    young = rows.order_by("-pk").filter(**{f"{column}__lt": before}).values_list("pk", flat=True).first()
    return young or 0
