"""Metrics for Prometheus, all from rows: whichever web process is asked, the answer is the same.

The work is bounded: what is due and open is found by its index and counted up to a limit, totals are kept by
``metric_totals``, and durations are a fixed number of rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from dubbing import providers
from dubbing.minutes import ledger
from dubbing.models import Alert, Event, Hold, Measurement, Process, Submission, Tally, Upload
from dubbing.models.ledger import MonthlyTotal
from dubbing.operation import database, metric_totals, waiting_work
from dubbing.platform import measurements, storage

MOST_COUNTED = 10_000
MINUTE_MS = 60_000
_OUTCOMES = {
    Event.Kind.ACCEPTED: "accepted",
    Event.Kind.REFUSED: "refused",
    Event.Kind.ANSWER_LOST: "unknown",
    Event.Kind.ABANDONED: "abandoned",
    Event.Kind.DUPLICATE: "duplicate",
}
_DURATIONS = {
    "provider_request": ("Time until a provider answered a request, by outcome", ["provider", "outcome"]),
    "sync_delay": ("Time between when a video was due for a sync and when the sync began", []),
    "callback_delay": ("Time between when a callback arrived and when its sync was done", []),
}


def write_metrics() -> bytes:
    """All metrics in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Portal())
    return generate_latest(registry)


class _Portal(Collector):
    def collect(self) -> Iterator[Metric]:
        """Read everything now."""
        yield _labelled("dubbing_version", "1, with the portal's version", "version", [(settings.VERSION, 1.0)])
        yield from _work()
        yield from _submissions()
        yield from _files()
        yield from _durations()
        yield from _processes()


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _labelled(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for each, value in values:
        family.add_metric([each], value)
    return family


def _work() -> Iterator[Metric]:
    now, waiting = timezone.now(), list(waiting_work.waiting_work())
    ages = ((each.kind, max(0.0, (now - each.oldest).total_seconds()) if each.oldest else 0.0) for each in waiting)
    yield _labelled("dubbing_due_oldest_seconds", "For how long the oldest row of a kind has been due", "kind", ages)
    counts = ((each.kind, float(each.count)) for each in waiting)
    yield _labelled("dubbing_due", "Rows that are due, counted up to 1,001", "kind", counts)


def _submissions() -> Iterator[Metric]:
    counted = dict(Tally.objects.filter(name=metric_totals.EVENTS, label__in=_OUTCOMES).values_list("label", "value"))
    family = CounterMetricFamily("dubbing_submissions", "Outcomes of paid requests", labels=["outcome"])
    for kind, outcome in _OUTCOMES.items():
        family.add_metric([outcome], counted.get(kind, 0))
    yield family
    rows = Submission.objects.order_by().filter(status__in=Submission.OPEN).values_list("status")
    by_status = dict(rows.annotate(count=Count("pk")))
    values = ((str(status), float(by_status.get(status, 0))) for status in Submission.OPEN)
    yield _labelled("dubbing_submissions_open", "Paid requests without a final outcome", "status", values)


def _files() -> Iterator[Metric]:
    counted = dict(Tally.objects.filter(name=metric_totals.RESULTS).values_list("label", "value"))
    yield CounterMetricFamily("dubbing_kept_results", "Results saved", value=counted.get(metric_totals.KEPT, 0))
    yield CounterMetricFamily(
        "dubbing_kept_bytes", "Bytes of results saved", value=counted.get(metric_totals.KEPT_BYTES, 0)
    )
    receiving = Upload.objects.order_by().filter(status=Upload.Status.RECEIVING)
    yield _gauge("dubbing_uploads_open", "Uploads in progress, up to 10,000", receiving[:MOST_COUNTED].count())
    yield _gauge("dubbing_storage_free_bytes", "Free space where files are stored", storage.free_bytes())
    total = MonthlyTotal.objects.filter(month=ledger.month_of()).values_list("milliseconds", flat=True).first() or 0
    yield _gauge("dubbing_minutes_this_month", "Minutes used and reserved by all projects", total / MINUTE_MS)
    if settings.ORGANISATION_MINUTES is not None:
        limit = settings.ORGANISATION_MINUTES
        yield _gauge("dubbing_minutes_limit", "Minutes that all projects may use in a month", limit)


def _durations() -> Iterator[Metric]:
    rows: dict[tuple[str, str, str], dict[int, Measurement]] = defaultdict(dict)
    for row in Measurement.objects.filter(name__in=_DURATIONS):
        rows[row.name, row.subject, row.outcome][row.limit_ms] = row
    for name, (text, labels) in _DURATIONS.items():
        family = HistogramMetricFamily(f"dubbing_{name}_seconds", text, labels=labels)
        for (of_name, subject, outcome), ranges in sorted(rows.items()):
            if of_name == name:
                values = [subject, outcome] if labels else []
                family.add_metric(values, _buckets(ranges), sum(row.seconds for row in ranges.values()))
        yield family


def _buckets(ranges: dict[int, Measurement]) -> list[tuple[str, float]]:
    """Counts up to each limit: Prometheus adds the shorter durations to those of longer ranges."""
    buckets: list[tuple[str, float]] = []
    reached = 0
    for limit in measurements.LIMITS:
        row = ranges.get(round(limit * 1000))
        reached += row.count if row else 0
        buckets.append((str(limit), reached))
    over = ranges.get(0)
    return [*buckets, ("+Inf", reached + (over.count if over else 0))]


def _processes() -> Iterator[Metric]:
    since = database.read_time().now - Process.SILENT_AFTER
    living = Process.objects.order_by().filter(seen_at__gt=since).values_list("kind").annotate(count=Count("pk"))
    by_kind = dict(living)
    values = ((kind, float(by_kind.get(kind, 0))) for kind in Process.Kind.values)
    yield _labelled("dubbing_processes", "Processes that have given a sign of life in the last minute", "kind", values)
    alerts = Alert.objects.open().exclude(announced_at=None).values_list("line", flat=True)
    yield _labelled("dubbing_alert", "1 for each open alert", "line", ((line, 1.0) for line in alerts))
    held = set(Hold.objects.values_list("provider", flat=True))
    holds = ((name, float(name in held)) for name in providers.provider_names())
    yield _labelled("dubbing_provider_held", "Whether a provider takes no requests", "provider", holds)
