"""Processes show that they live, say so when they are stopped, and leave a row behind when they are killed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import timezone

from dubbing.models import Process
from dubbing.operation import database
from dubbing.operation.signs_of_life import SignOfLife
from tests.support.operators import make_process
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = pytest.mark.django_db


def test_a_process_has_one_row_however_often_it_gives_a_sign() -> None:
    sign = SignOfLife("beat")
    sign.give()
    first = Process.objects.get()
    sign.give()
    again = Process.objects.get()
    assert (first.pid, first.kind, first.version, first.started_at) == (os.getpid(), "beat", "0.1.0", again.started_at)
    assert abs(again.clock_offset) < 5


def test_a_sign_that_is_not_due_is_not_written(django_assert_num_queries: pytest.FixtureRequest) -> None:
    sign = SignOfLife("beat")
    sign.give_if_due()
    with django_assert_num_queries(0):  # type: ignore[operator]
        sign.give_if_due()


def test_a_process_that_is_stopped_removes_its_row() -> None:
    sign = SignOfLife("worker")
    sign.give()
    sign.stop()
    assert not Process.objects.exists()


def test_what_a_process_has_measured_is_saved_with_its_signs_and_at_its_end() -> None:
    saved: list[int] = []
    sign = SignOfLife("worker", also=lambda: saved.append(1))
    sign.give()
    sign.stop()
    assert len(saved) == 2


def test_a_database_that_is_down_at_the_end_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("gone")

    SignOfLife("worker", also=refuse).stop()


def test_processes_that_have_been_silent_for_long_are_forgotten() -> None:
    make_process("worker", pid=1, seen_at=timezone.now() - timedelta(hours=2))
    make_process("worker", pid=2)
    Process.objects.forget_old(database.read_time().now)
    assert [process.pid for process in Process.objects.all()] == [2]


@pytest.mark.long
def test_workers_and_schedulers_show_that_they_live_until_they_are_stopped(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
        portal.start("web", "worker", "beat")
        kinds = "sorted(m.Process.objects.values_list('kind', flat=True))"
        portal.wait_until(f"{kinds} == ['beat', 'worker']")
        portal.wait_until("m.AccessCheck.objects.filter(outcome='good').count() == 2")
        done = portal.manage("health", check=False)
        assert done.returncode == 0, done.stdout
        portal.kill("worker")
        beat = portal.processes.pop("beat")
        beat.terminate()
        beat.wait(15)
        assert portal.ask(kinds) == ["worker"]
        done = portal.manage("health", check=False)
        assert done.returncode == 1
        assert "Start a scheduler (beat)" in done.stdout
