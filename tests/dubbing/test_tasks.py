"""What is due is done, with a broker and without one; waking a worker never gets in the way."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone
from pytest_django import Settings

from dubbing import tasks
from dubbing.drafts.fields import TargetText
from dubbing.management.commands import sweep
from dubbing.models import Asset, Submission, Version
from dubbing.notices import consumer
from dubbing.platform import wakeups
from dubbing.platform.wakeups import WakeUp
from dubbing.providers import base
from dubbing.submissions import submit
from dubbing.sync import revise_requests
from tests.conftest import WakeUps
from tests.support.journey import fresh, only_version, touch
from tests.support.provider import ScriptedProvider

pytestmark = pytest.mark.django_db
Wish = Callable[..., Submission]
Sent = Callable[..., Asset]
publish = WakeUp._hand_over
EVENTS = ("take_events", consumer.CURSOR)
"""What happened is read for notices."""


@pytest.fixture(autouse=True)
def _scripted(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, trusting: None) -> None:
    monkeypatch.setattr(tasks, "open_provider", lambda name: provider)


def due() -> list[tuple[str, int | UUID]]:
    return [(item.task.name.rpartition(".")[2], item.pk) for item in tasks.due()]


# --- one task after another


def test_a_submission_is_sent_and_then_synced(
    wish: Wish, provider: ScriptedProvider, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    submission = wish()
    with committed():
        tasks.submit.run(submission.pk)
    assert fresh(submission).status == Submission.Status.ACCEPTED
    assert wake_ups == [("sync", submission.asset_id), EVENTS]


def test_a_sync_enqueues_the_results_it_finds(
    sent: Sent, provider: ScriptedProvider, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    with committed():
        tasks.sync.run(asset.pk)
    assert wake_ups == [("keep", only_version(asset).pk), EVENTS]
    tasks.keep.run(only_version(asset).pk)
    assert fresh(asset).status == Asset.Status.COMPLETED


def test_a_revised_version_is_synced(
    sent: Sent, user: User, provider: ScriptedProvider, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    sweep.sweep_once()
    revise_requests.ask_to_revise(only_version(asset), user)
    wake_ups.clear()
    with committed():
        tasks.revise.run(only_version(asset).pk)
    assert wake_ups == [("sync", asset.pk)]


def test_the_same_message_many_times_does_it_once(sent: Sent, wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()
    for _ in range(5):
        tasks.submit.run(submission.pk)
        tasks.sync.run(submission.asset_id)
    assert (provider.asked("create_asset"), provider.asked("fetch_asset")) == (1, 1)


# --- due


def test_everything_whose_time_has_come_is_due(sent: Sent, wish: Wish, user: User, provider: ScriptedProvider) -> None:
    asset, submission = sent(), wish()
    assert due() == [("submit", submission.pk), ("sync", asset.pk), EVENTS]


def test_what_somebody_works_on_is_not_due(sent: Sent, wish: Wish) -> None:
    for row in (sent(), wish()):
        touch(row, lease_until=timezone.now() + timedelta(seconds=60))
    consumer.take_events()
    assert due() == []


def test_only_what_belongs_to_one_asset(sent: Sent, wish: Wish) -> None:
    asset, submission = sent(), wish()
    assert [item.pk for item in tasks.due(asset=asset)] == [asset.pk]
    assert [item.pk for item in tasks.due(asset=submission.asset)] == [submission.pk]


def test_finding_what_is_due_takes_fourteen_queries(
    sent: Sent, wish: Wish, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(3):
        sent()
        wish()
    with django_assert_num_queries(14):
        assert len(due()) == 7


@pytest.mark.parametrize("keep", Version.UNKEPT)
def test_a_result_that_is_not_kept_comes_due(sent: Sent, keep: str, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    tasks.sync.run(asset.pk)
    touch(only_version(asset), keep=keep, next_keep_at=timezone.now())
    assert ("keep", only_version(asset).pk) in due()


# --- the sweep alone


def test_a_sweep_without_any_broker_finishes_everything(wish: Wish, provider: ScriptedProvider) -> None:
    submissions = [wish(locales=["es-ES", "fr-FR"]) for _ in range(5)]
    call_command("sweep")
    for remote in provider.assets.values():
        for versions in remote.versions.values():
            versions[0].complete(b"result of " + versions[0].remote_id.encode())
    Asset.objects.update(next_poll_at=timezone.now())
    call_command("sweep")
    assert {fresh(one).asset.status for one in submissions} == {Asset.Status.COMPLETED}


def test_a_sweep_adds_languages_and_revises_too(sent: Sent, user: User, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    call_command("sweep")
    submit.add_locales(fresh(asset), [TargetText("fr-FR")], user)
    revise_requests.ask_to_revise(only_version(asset), user)
    call_command("sweep")
    assert set(provider.only.versions) == {"es-ES", "fr-FR"}
    assert provider.only.first.state is base.VersionState.READY


def test_an_error_in_one_row_does_not_affect_others(
    wish: Wish, provider: ScriptedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    poison, good = wish(), wish()
    provider.before["create_asset"].append(_crash)
    call_command("sweep")
    assert "will be retried" in caplog.text
    assert fresh(good).status == Submission.Status.ACCEPTED
    assert fresh(poison).status == Submission.Status.SENDING


def _crash() -> None:
    raise RuntimeError("poison")


def test_a_poison_request_ends_as_a_question_for_a_person(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()
    provider.before["create_asset"] += [_crash] * 99
    for _ in range(20):
        call_command("sweep")
        past = timezone.now() - timedelta(hours=2)
        Submission.objects.update(lease_until=None, next_at=past)
        Submission.objects.exclude(lost_at=None).update(lost_at=past)
        Submission.objects.exclude(empty_at=None).update(empty_at=past)
    last = Submission.objects.filter(asset=submission.asset).latest("pk")
    assert (provider.asked("create_asset"), last.needs_person) == (3, True)


def void(_: object) -> None: ...


def test_two_sweeps_at_once_send_once(wish: Wish, provider: ScriptedProvider) -> None:
    wish()
    provider.then("create_asset", lambda: void(call_command("sweep")))
    call_command("sweep")
    assert provider.asked("create_asset") == 1


def scheduler_without_chores() -> sweep._Scheduler:
    """Chores run in threads of their own, whose rows no test's transaction takes back."""
    scheduler = sweep._Scheduler(1)
    scheduler.chores = []
    return scheduler


def test_the_scheduler_enqueues_first_and_does_what_no_worker_picked_up(
    wish: Wish, wake_ups: WakeUps, committed: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler, done = scheduler_without_chores(), []
    monkeypatch.setattr(scheduler, "_do", lambda item: done.append(item.pk))
    new, old = wish(), wish()
    touch(old, next_at=timezone.now() - timedelta(seconds=30))
    with committed():
        scheduler._pass()
    assert (done, wake_ups) == ([old.pk], [("submit", new.pk), EVENTS])


@pytest.mark.parametrize("error", [DatabaseError("down"), OSError("no such folder")], ids=["database", "disk"])
def test_the_scheduler_survives(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = sweep._Scheduler(0.001)
    passes: list[int] = []

    def fail() -> None:
        passes.append(1)
        if len(passes) == 3:
            scheduler.stop.set()
        raise error

    monkeypatch.setattr(scheduler, "_pass", fail)
    monkeypatch.setattr(sweep, "close_old_connections", lambda: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    scheduler.run()
    assert len(passes) == 3


# --- wake-ups


@pytest.fixture
def loud(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[list[Any]]:
    """The real publisher, with a broker in memory: what was published."""
    published: list[Any] = []
    monkeypatch.setattr(WakeUp, "_hand_over", publish)
    monkeypatch.setattr(wakeups, "PUBLISH_INTERVAL", 0.0)
    monkeypatch.setattr(wakeups, "RETRY_INTERVAL", 0.001)
    monkeypatch.setattr(WakeUp, "delay", lambda self, pk: published.append(pk))
    yield published
    wait_until_published()


def wait_until_published() -> None:
    """Wait until everything is handed to the broker."""
    until = time.monotonic() + 30
    while wakeups.count_unpublished():
        assert time.monotonic() < until
        time.sleep(0.001)


def rows_in(messages: list[Any]) -> list[int]:
    return [pk for message in messages for pk in (message if isinstance(message, list) else [message])]


def test_rows_are_enqueued_only_after_the_commit(loud: list[Any], committed: Callable[[], Any]) -> None:
    with committed():
        tasks.sync.enqueue(7)
        wait_until_published()
        assert loud == []
    wait_until_published()
    assert loud == [7]


def test_rolled_back_rows_are_not_enqueued(loud: list[Any], committed: Callable[[], Any]) -> None:
    with committed(), transaction.atomic():
        tasks.sync.enqueue(7)
        transaction.set_rollback(True)
    wait_until_published()
    assert loud == []


def test_a_broker_that_refuses_does_no_harm_and_gets_everything_once_it_is_back(
    loud: list[Any],
    committed: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused = threading.Event()

    def refuse(self: Any, pk: int) -> None:
        refused.set()
        raise ConnectionRefusedError("no broker")

    with monkeypatch.context() as refusing:
        refusing.setattr(WakeUp, "delay", refuse)
        with caplog.at_level(logging.WARNING), committed():
            tasks.sync.enqueue(7)
        assert refused.wait(30)
        refused.clear()
        assert refused.wait(30)  # the second try: the first one is over
        assert "could not enqueue" in caplog.text
        assert wakeups.is_broker_down()
        with committed():
            tasks.sync.enqueue(8)
    wait_until_published()
    assert sorted(rows_in(loud)) == [7, 8]
    assert not wakeups.is_broker_down()


def test_the_scheduler_waits_for_no_worker_if_the_broker_is_gone(wish: Wish, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler, done = scheduler_without_chores(), []
    monkeypatch.setattr(scheduler, "_do", lambda item: done.append(item.pk))
    monkeypatch.setattr(wakeups, "is_broker_down", lambda: True)
    submission = wish()
    scheduler._pass()
    assert done == [submission.pk, consumer.CURSOR]


def test_a_slow_broker_delays_nobody_and_loses_nothing(
    loud: list[Any], committed: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    busy = threading.Event()

    def slow(self: Any, pk: Any) -> None:
        busy.set()
        gate.wait(30)
        loud.append(pk)

    monkeypatch.setattr(WakeUp, "delay", slow)
    try:
        with committed():
            for pk in range(1000):
                tasks.sync.enqueue(pk)
        assert busy.wait(30)
        assert not loud  # here we are, and nothing was handed over
    finally:
        gate.set()
    wait_until_published()
    assert sorted(rows_in(loud)) == list(range(1000))


def test_none_of_two_thousand_is_lost_with_a_slow_broker_that_sometimes_refuses(
    loud: list[Any], committed: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, calls = threading.Event(), itertools.count()

    def reluctant(self: Any, pk: Any) -> None:
        gate.wait(30)
        if next(calls) % 10 == 0:
            raise ConnectionRefusedError("no broker")
        loud.append((self.name, pk))

    monkeypatch.setattr(WakeUp, "delay", reluctant)
    try:
        for pk in range(1000):
            with committed():
                tasks.sync.enqueue(pk)
                tasks.keep.enqueue(pk)
        assert wakeups.count_unpublished() >= 2000 - tasks.sync.together
    finally:
        gate.set()
    wait_until_published()
    for task in (tasks.sync, tasks.keep):
        assert rows_in([pk for name, pk in loud if name == task.name]) == list(range(1000))


def test_many_syncs_share_messages_and_one_row_waits_only_once(loud: list[Any], committed: Callable[[], Any]) -> None:
    with committed():
        for pk in [*range(100), *range(100)]:
            tasks.sync.enqueue(pk)
            tasks.keep.enqueue(1000 + pk)
    wait_until_published()
    assert set(rows_in(loud)) == {*range(100), *range(1000, 1100)}
    assert len(loud) < 200
    assert all(message < 100 for message in rows_in([one for one in loud if isinstance(one, list)]))


def test_an_error_in_one_row_of_a_message_does_not_affect_the_others(
    sent: Sent, provider: ScriptedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    asset = sent()
    before = fresh(asset).done_seq
    Asset.objects.mark(asset.pk)
    tasks.sync([10**9, asset.pk])
    assert fresh(asset).done_seq > before
    assert "and will be retried" in caplog.text
