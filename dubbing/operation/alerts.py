"""Alerts: a health line that stays red is announced once to operators, and so is its end."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from dubbing.models import Alert, Notice, PeriodicJob
from dubbing.notices import notice_rows
from dubbing.notices.audience import Audience
from dubbing.notices.event_notices import PlannedNotice
from dubbing.operation import alert_webhook, health
from dubbing.operation.health_lines import HealthLine, State

JOB, EVERY = "alerts", timedelta(minutes=1)


def evaluate_if_due() -> bool:
    """Evaluate all lines once a minute, in one of the schedulers. Return whether this one did."""
    return PeriodicJob.objects.run_if_due(JOB, EVERY, _evaluate)


def _evaluate() -> None:
    lines = {line.key: line for line in health.lines_of(health.read_groups())}
    now = timezone.now()
    red = {key: line for key, line in lines.items() if line.state is State.PROBLEM}
    # Without a database that answers, hardly anything is known: no line says that a problem is gone.
    is_complete = "versions" in lines
    for alert in Alert.objects.open():
        line = red.pop(alert.line, None)
        if line:
            _continue(alert, line, now)
        elif is_complete:
            _end(alert, now)
    for key, line in red.items():
        values = {"problem": line.problem, "figure": line.figure[:300]}
        Alert.objects.get_or_create(
            line=key, cleared_at=None, defaults={"noticed_at": now, "seen_at": now, **values}
        )  # fmt: skip
    alert_webhook.post_waiting()


def _continue(alert: Alert, line: HealthLine, now: datetime) -> None:
    """The problem is still there: announce it, unless that was done."""
    values = {"seen_at": now, "problem": line.problem, "figure": line.figure[:300]}
    with transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(**values)
        if Alert.objects.filter(pk=alert.pk, announced_at=None).update(announced_at=now):
            _notify(alert, line.problem, cleared=False)


def _end(alert: Alert, now: datetime) -> None:
    """The problem is not there now: clear the alert when it has been gone for a while, so that it does not flap."""
    if alert.announced_at is None:
        alert.delete()
    elif now - alert.seen_at >= Alert.CALM:
        with transaction.atomic():
            if Alert.objects.open().filter(pk=alert.pk).update(cleared_at=now):
                _notify(alert, alert.problem, cleared=True)


def _notify(alert: Alert, problem: str, *, cleared: bool) -> None:
    key = f"alert:{alert.pk}:{'cleared' if cleared else 'opened'}"
    data = {"line": alert.line, "problem": problem, "cleared": cleared}
    planned = PlannedNotice(Notice.Kind.ALERT, key, lambda audience: audience.ops, for_ops=True, data=data)
    notice_rows.write_notices([planned], Audience([]))
