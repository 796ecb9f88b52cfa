"""A problem that stays is announced once, by notice, email and webhook, and so is its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dubbing.models import Alert, Mail, Notice, PeriodicJob, Process
from dubbing.notices import mails
from dubbing.operation import alerts, metrics
from tests.support.http_server import Server
from tests.support.operators import make_operator, make_process, make_well
from tests.support.people import client_of, make_user
from tests.support.sandbox import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ops(settings: Settings, db: None) -> User:
    settings.PORTAL_URL, settings.PANJAYA_API_URL = "https://portal.example.com", "https://api.panjaya.ai"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_well(settings)
    make_user("somebody", is_staff=True)
    return make_operator()


@pytest.fixture
def hook(settings: Settings) -> Iterator[Server]:
    """The program that is called about alerts."""
    with Server(lambda request: request.answer(200, b"ok")) as server:
        settings.ALERT_WEBHOOK_URL = f"{server.url}/services/s3cret"
        yield server


def evaluate() -> None:
    """As a minute later."""
    PeriodicJob.objects.update(next_at=timezone.now())
    assert alerts.evaluate_if_due()


def stop_workers() -> None:
    Process.objects.filter(kind="worker").delete()


def announce() -> Alert:
    stop_workers()
    evaluate()
    evaluate()
    return Alert.objects.get()


def pass_time() -> None:
    Alert.objects.update(seen_at=F("seen_at") - timedelta(minutes=4))


def list_notices() -> list[tuple[str, str, bool]]:
    """Who was notified of what."""
    rows = Notice.objects.order_by("pk").select_related("recipient")
    return [(row.recipient.username, row.data["line"], row.data["cleared"]) for row in rows]


def test_a_problem_is_announced_when_it_is_still_there_a_minute_later() -> None:
    stop_workers()
    evaluate()
    assert (Alert.objects.get().announced_at, list_notices()) == (None, [])
    evaluate()
    assert list_notices() == [("ops", "worker", False)]


def test_a_problem_that_is_gone_by_then_bothers_nobody() -> None:
    stop_workers()
    evaluate()
    make_process("worker")
    evaluate()
    assert (Alert.objects.count(), list_notices()) == (0, [])


def test_nothing_is_repeated_while_an_alert_is_open() -> None:
    announce()
    for _ in range(3):
        evaluate()
    assert list_notices() == [("ops", "worker", False)]


def test_it_is_cleared_when_the_cause_has_been_gone_for_a_while() -> None:
    announce()
    make_process("worker")
    evaluate()
    assert Alert.objects.open().exists()  # it might come back
    pass_time()
    evaluate()
    assert not Alert.objects.open().exists()
    assert list_notices() == [("ops", "worker", False), ("ops", "worker", True)]


def test_a_problem_that_comes_back_is_a_new_alert() -> None:
    announce()
    make_process("worker")
    pass_time()
    evaluate()
    stop_workers()
    evaluate()
    evaluate()
    assert [cleared for _name, _line, cleared in list_notices()] == [False, True, False]


def test_amber_lines_open_no_alert() -> None:
    make_process("worker", pid=9, seen_at=timezone.now() - timedelta(minutes=3))
    evaluate()
    evaluate()
    assert not Alert.objects.exists()


def test_only_one_of_several_schedulers_evaluates() -> None:
    assert [alerts.evaluate_if_due(), alerts.evaluate_if_due()] == [True, False]
    PeriodicJob.objects.update(next_at=timezone.now())
    assert PeriodicJob.objects.all().claim(PeriodicJob.objects.get().pk, seconds=60)
    assert not alerts.evaluate_if_due()


def test_operators_read_in_email_and_portal_what_it_means_and_what_to_do(ops: User) -> None:
    announce()
    Mail.objects.update(next_at=timezone.now())
    assert mails.send(Mail.objects.get().pk)
    message = mail.outbox[0]
    assert message.subject.startswith("Workers: No worker has given a sign of life")
    assert "Start a worker" in str(message.body)
    page = client_of(ops).get("/notices/").content.decode()
    assert "Start a worker" in page
    notice = Notice.objects.get()
    assert client_of(ops).get(f"/notices/{notice.pk}/")["Location"] == "/health/"


def test_the_end_is_a_notice_of_its_own(ops: User) -> None:
    announce()
    make_process("worker")
    pass_time()
    evaluate()
    assert "Works again." in client_of(ops).get("/notices/").content.decode()


def test_open_alerts_are_in_the_metrics() -> None:
    announce()
    assert b'dubbing_alert{line="worker"} 1.0' in metrics.write_metrics()


def test_administrators_see_alerts_in_the_admin(ops: User) -> None:
    announce()
    root = client_of(make_user("root", is_staff=True, is_superuser=True))
    assert "worker_none" in root.get("/admin/dubbing/alert/").content.decode()


# --- the webhook


def documents(server: Server) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.requests]


def test_the_webhook_gets_one_document_for_the_alert_and_one_for_its_end(hook: Server) -> None:
    announce()
    evaluate()
    make_process("worker")
    pass_time()
    evaluate()
    evaluate()
    opened, cleared = documents(hook)
    assert (opened["type"], cleared["type"]) == ("alert.opened", "alert.cleared")
    assert opened["data"]["line"] == "worker"
    assert opened["data"]["url"] == "https://portal.example.com/health/"
    assert "Start a worker" in opened["text"]
    assert cleared["text"] == "Workers: works again."


def test_a_webhook_that_does_not_answer_is_called_again_in_order(
    hook: Server, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    address = settings.ALERT_WEBHOOK_URL
    settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{free_port()}/services/s3cret"
    announce()
    make_process("worker")
    pass_time()
    evaluate()
    assert Alert.objects.get().posted_at is None
    settings.ALERT_WEBHOOK_URL = address
    evaluate()
    assert [document["type"] for document in documents(hook)] == ["alert.opened", "alert.cleared"]
    assert "s3cret" not in caplog.text


def test_a_refusal_counts_as_not_accepted(hook: Server) -> None:
    hook.answers((500, b"no"), (200, b"ok"))
    announce()
    assert Alert.objects.get().posted_at is None
    evaluate()
    assert Alert.objects.get().posted_at is not None


def test_strangers_learn_nothing_of_alerts() -> None:
    announce()
    assert Client().get("/health/").status_code == 302
