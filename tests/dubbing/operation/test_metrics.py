"""Metrics are what the rows say, in Prometheus's own format, and only for whoever has the token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from dubbing.minutes import ledger
from dubbing.minutes.costs import Cost
from dubbing.models import Asset, Callback, Hold, Measurement, Project, Result, Tally, Upload
from dubbing.operation import metric_totals
from dubbing.platform import measurements
from dubbing.providers import open_provider
from dubbing.providers.base import KeyRejected, NotFound
from dubbing.sync.assets import Hints
from tests.conftest import WakeUps
from tests.support.operators import make_process
from tests.support.people import People
from tests.support.rows import make_asset, make_done, make_event, make_submission, make_upload
from tests.support.sandbox import SandboxProcess

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-prometheus-alone"
Labels = frozenset[tuple[str, str]]


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> Iterator[None]:
    settings.METRICS_TOKEN = TOKEN
    measurements.take()
    yield
    measurements.take()


def scrape() -> dict[tuple[str, Labels], float]:
    """Every sample, read by Prometheus's own parser."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


def sample(name: str, **labels: str) -> float:
    return scrape()[name, frozenset(labels.items())]


def make_older() -> None:
    """Everything was written a while ago: totals leave out what is very young."""
    long_ago = timezone.now() - timedelta(hours=1)
    Result.objects.update(kept_at=long_ago)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dubbing_event SET at = %s", [long_ago])


# --- access


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", f"bearer {TOKEN}", TOKEN])
def test_without_the_token_there_are_no_metrics(given: str) -> None:
    assert Client().get("/metrics", headers={"Authorization": given}).status_code == 404


def test_where_no_token_is_set_there_are_no_metrics(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


# --- what they say


def test_each_kind_of_work_has_an_age_and_a_count(project: Project, user: User) -> None:
    asset = make_asset(project, user, status="submitting")
    make_submission(asset, status="ready", next_at=timezone.now() - timedelta(seconds=100))
    assert sample("dubbing_due_oldest_seconds", kind="submit") == pytest.approx(100, abs=10)
    assert sample("dubbing_due", kind="submit") == 1
    assert sample("dubbing_due_oldest_seconds", kind="keep") == 0


def test_open_requests_are_counted_by_status_and_outcomes_in_total(project: Project, user: User) -> None:
    asset = make_asset(project, user)
    make_submission(asset, status="unknown")
    for kind in ("accepted", "accepted", "refused", "answer_lost", "commented"):
        make_event(asset, kind)
    make_older()
    metric_totals.update_totals()
    assert sample("dubbing_submissions_open", status="unknown") == 1
    assert sample("dubbing_submissions_total", outcome="accepted") == 2
    assert sample("dubbing_submissions_total", outcome="refused") == 1
    assert sample("dubbing_submissions_total", outcome="unknown") == 1
    assert sample("dubbing_submissions_total", outcome="abandoned") == 0


def test_kept_bytes_open_uploads_and_minutes_are_those_of_the_rows(project: Project, user: User) -> None:
    result = make_done(project, user)
    make_older()
    metric_totals.update_totals()
    Upload.objects.filter(pk=make_upload(user).pk).update(status=Upload.Status.RECEIVING)
    asset = result.version.dubbing.asset
    ledger.reserve(asset, Cost(90.0, 1.0, 1), [make_submission(asset)], user)
    assert sample("dubbing_kept_bytes_total") == result.size
    assert sample("dubbing_kept_results_total") == 1
    assert sample("dubbing_uploads_open") == 1
    assert sample("dubbing_minutes_this_month") == 1.5


def test_processes_and_holds_are_shown() -> None:
    make_process("worker")
    make_process("worker", pid=8)
    make_process("beat", seen_at=timezone.now() - timedelta(minutes=5))
    Hold.objects.put("panjaya", Hold.Reason.KEY, "bad key")
    assert sample("dubbing_processes", kind="worker") == 2
    assert sample("dubbing_processes", kind="beat") == 0
    assert sample("dubbing_provider_held", provider="panjaya") == 1


def test_a_scrape_takes_the_same_queries_for_more_rows(people: People, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        result = make_done(people.project, people.owner)
        make_submission(result.version.dubbing.asset, status="unknown")
        make_event(result.version.dubbing.asset, "accepted")
    make_older()
    metric_totals.update_totals()
    with django_assert_max_num_queries(45):
        scrape()


# --- totals


def test_nothing_is_counted_twice_and_nothing_is_left_out(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metric_totals, "AT_ONCE", 2)
    asset = make_asset(project, user)
    for _ in range(5):
        make_event(asset, "accepted")
    make_older()
    metric_totals.update_totals()
    metric_totals.update_totals()
    make_event(asset, "accepted")
    metric_totals.update_totals()  # too young: another one may still appear before it
    assert Tally.objects.get(name="events", label="accepted").value == 5
    make_older()
    metric_totals.update_totals()
    assert Tally.objects.get(name="events", label="accepted").value == 6


# --- durations


def test_what_processes_measure_adds_up(settings: Settings) -> None:
    for seconds in (0.01, 0.2, 7.0, 9999.0):
        measurements.observe("provider_request", seconds, subject="panjaya", outcome="ok")
        metric_totals.save_measurements()
    labels = {"provider": "panjaya", "outcome": "ok"}
    name = "dubbing_provider_request_seconds"
    assert [sample(f"{name}_bucket", **labels, le=limit) for limit in ("0.05", "0.25", "10.0", "+Inf")] == [1, 2, 3, 4]
    assert sample(f"{name}_count", **labels) == 4
    assert sample(f"{name}_sum", **labels) == pytest.approx(10006.21)


def test_what_cannot_be_saved_is_saved_later(monkeypatch: pytest.MonkeyPatch) -> None:
    measurements.observe("sync_delay", 1.0)

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(metric_totals, "_save", refuse)
        with pytest.raises(OperationalError):
            metric_totals.save_measurements()
    metric_totals.save_measurements()
    assert Measurement.objects.get().count == 1


def test_each_answer_of_a_provider_is_measured_with_how_it_ended(sandbox: SandboxProcess, settings: Settings) -> None:
    with pytest.raises(NotFound):
        open_provider("panjaya").fetch_asset("0" * 24)
    settings.PANJAYA_API_KEY = "panjaya-wrong"
    with pytest.raises(KeyRejected):
        open_provider("panjaya").fetch_asset("0" * 24)
    metric_totals.save_measurements()
    assert set(Measurement.objects.values_list("subject", "outcome", "count")) == {
        ("panjaya", "not_found", 1),
        ("panjaya", "held", 1),
    }


def test_the_delay_of_callbacks_is_measured(project: Project, user: User, wake_ups: WakeUps) -> None:
    submission = make_submission(make_asset(project, user), status="accepted")
    came = timezone.now() - timedelta(seconds=20)
    callback = Callback.objects.create(submission=submission, body=b"{}", sha256="a" * 64, last_received_at=came)
    Hints((callback,)).close()
    metric_totals.save_measurements()
    found = Measurement.objects.get(name="callback_delay")
    assert found.seconds == pytest.approx(20, abs=5)
    assert Asset.objects.count() == 1
