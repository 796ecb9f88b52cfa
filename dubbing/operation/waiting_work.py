"""What is due and since when, for each kind of work; what only a person can decide; and what was lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from dubbing.models import Callback, ConsistencyCheck, Submission
from dubbing.operation.health_lines import HealthLine, failing, good, unknown, warning
from dubbing.platform import formatting
from dubbing.tasks import due_rows, unread_events

MOST_COUNTED = 1000
LATE, STOPPED = timedelta(minutes=3), timedelta(minutes=15)
# These come last, behind everything that somebody waits for, and take long for long videos.
_PATIENT = {
    "preview": (timedelta(minutes=30), timedelta(hours=3)),
    "check_quality": (timedelta(hours=2), timedelta(days=1)),
}
CONSISTENCY_LATE = timedelta(days=2)
EVENTS = ("take_events", "take_webhook_events")
CALLBACKS = "callbacks_waiting"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is due of one kind: how many rows (counted up to a limit), and since when the oldest is."""

    kind: str
    count: int
    oldest: datetime | None


def waiting_work() -> Iterator[Waiting]:
    """Everything that is due, kind by kind: exactly the rows that the sweep would take."""
    for each in due_rows():
        oldest = each.rows.order_by(each.when).values_list(each.when, flat=True).first()
        count = each.rows.order_by()[: MOST_COUNTED + 1].count() if oldest else 0
        yield Waiting(each.kind, count, oldest)
    unread = {due.task.run.__name__: due.since for due in unread_events()}
    for kind in EVENTS:
        yield Waiting(kind, int(kind in unread), unread.get(kind))
    callbacks = Callback.objects.filter(processed_at=None).order_by("last_received_at")
    oldest = callbacks.values_list("last_received_at", flat=True).first()
    yield Waiting(CALLBACKS, callbacks.order_by()[: MOST_COUNTED + 1].count() if oldest else 0, oldest)


def waiting_lines() -> list[HealthLine]:
    """One line for each kind of work."""
    now = timezone.now()
    return [_line(waiting, now) for waiting in waiting_work()]


def decisions_line() -> HealthLine:
    """Paid requests about which only a person can decide."""
    waiting = Submission.objects.filter(status__in=Submission.UNBOUND, needs_person=True)
    count = waiting.order_by()[: MOST_COUNTED + 1].count()
    if not count:
        return good("decisions", gettext("none"))
    text = ngettext("%(count)s request", "%(count)s requests", count)
    return warning("decisions", text % {"count": formatting.capped(count, MOST_COUNTED)}, "decisions")


def consistency_line() -> HealthLine:
    """What the last consistency check found. A scheduler runs one every day."""
    last = ConsistencyCheck.objects.first()
    if last is None:
        return unknown("consistency", gettext("not checked yet"))
    age = timezone.now() - last.checked_at
    count = last.violations or last.doubts
    figures = {
        "count": count,
        "age": formatting.duration(round(age.total_seconds())),
        "first": last.findings.partition("\n")[0],
    }
    if count:
        text = ngettext(
            "%(count)s finding %(age)s ago: %(first)s", "%(count)s findings %(age)s ago; the first: %(first)s", count
        )
        state = failing if last.violations else warning
        problem = "consistency" if last.violations else "consistency_doubts"
        return state("consistency", text % figures, problem)
    figure = gettext("nothing lost or duplicated; checked %(age)s ago") % figures
    is_late = age > CONSISTENCY_LATE
    return warning("consistency", figure, "consistency_late") if is_late else good("consistency", figure)


def _line(waiting: Waiting, now: datetime) -> HealthLine:
    if waiting.oldest is None:
        return good(waiting.kind, gettext("nothing due"))
    age = max(now - waiting.oldest, timedelta(0))
    figures = {
        "count": formatting.capped(waiting.count, MOST_COUNTED),
        "age": formatting.duration(round(age.total_seconds())),
    }
    text = (
        gettext("oldest unread for %(age)s")
        if waiting.kind in EVENTS
        else gettext("%(count)s due, the oldest for %(age)s")
    )
    late, stopped = _PATIENT.get(waiting.kind, (LATE, STOPPED))
    if age > stopped:
        return failing(waiting.kind, text % figures, "due_stopped")
    if age > late:
        return warning(waiting.kind, text % figures, "due_late")
    return good(waiting.kind, text % figures)
