"""How long dubbing takes is learnt from what was dubbed, and what takes longer is late, then stuck."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from dubbing.models import Asset, Event, Project
from dubbing.submissions import lateness, turnaround
from tests.support import rows
from tests.support.journey import fresh, touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def took(project: Project, user: User) -> Any:
    """``took(240, 60)``: an asset of a minute that was done in four."""

    def make(seconds: float, length: float = 60.0, **fields: Any) -> Asset:
        values: dict[str, Any] = {"status": "completed", "duration": length} | fields
        asset = rows.make_asset(project, user, **values)
        now = timezone.now()
        touch(asset, submitted_at=now - timedelta(seconds=seconds), finished_at=now)
        cache.clear()
        return asset

    return make


def like(length: float = 60.0, **fields: Any) -> Asset:
    return Asset(provider="panjaya", duration=length, **fields)


def test_nothing_is_predicted_before_there_is_a_history(took: Any) -> None:
    for _ in range(turnaround.ENOUGH - 1):
        took(240)
    assert turnaround.of_asset(like(), 1) is None
    took(240)
    assert turnaround.of_asset(like(), 1) is not None


def test_half_take_the_typical_time_and_nine_of_ten_the_longest(took: Any) -> None:
    for minutes in range(1, 11):
        took(minutes * 60)
    expected = turnaround.of_asset(like(), 1)
    assert expected is not None
    assert [expected.typical / 60, expected.longest / 60, expected.count] == pytest.approx([5, 9, 10], abs=0.01)


def test_one_video_that_hung_for_hours_does_not_delay_the_lateness_of_the_next(took: Any) -> None:
    for _ in range(20):
        took(400)
    took(20 * 3600)
    took(30 * 3600)
    expected = turnaround.of_asset(like(), 1)
    assert expected is not None
    assert lateness.late_after(expected) == pytest.approx(400, abs=1)


@pytest.mark.parametrize(
    "other",
    [
        {"length": 600.0},
        {"provider": "modelslab"},
        {"auto_generate": "off"},
        {"lips_model": "real_face_turbo"},
        {"status": "failed"},
    ],
)
def test_what_is_not_comparable_teaches_nothing(took: Any, other: dict[str, Any]) -> None:
    for _ in range(turnaround.ENOUGH):
        took(240, **other)
    assert turnaround.of_asset(like(), 1) is None


def test_lateness_follows_the_history_or_without_one_the_setting(took: Any) -> None:
    now = timezone.now()
    before = lateness.deadlines(like(), 1, now)
    assert before["late_at"] == now + timedelta(seconds=3600 + 600)
    for _ in range(10):
        took(500)
    after = lateness.deadlines(like(), 1, now)
    assert after["late_at"] - now == pytest.approx(timedelta(seconds=500), abs=timedelta(seconds=1))  # type: ignore[operator]
    assert after["stuck_at"] - now == pytest.approx(timedelta(seconds=1000), abs=timedelta(seconds=2))  # type: ignore[operator]


def test_late_and_stuck_are_each_noted_once(project: Project, user: User, caplog: pytest.LogCaptureFixture) -> None:
    now = timezone.now()
    asset = rows.make_asset(project, user, status="dubbing", late_at=now, stuck_at=now + timedelta(hours=1))
    assert [lateness.note_lateness(), lateness.note_lateness()] == [1, 0]
    touch(asset, stuck_at=now)
    assert [lateness.note_lateness(), lateness.note_lateness()] == [1, 0]
    kinds = list(Event.objects.filter(asset=asset).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["late", "stuck"]
    assert "is stuck" in caplog.text


def test_finished_videos_are_neither_late_nor_stuck(project: Project, user: User) -> None:
    now = timezone.now()
    for status in ("completed", "failed", "draft"):
        rows.make_asset(project, user, status=status, late_at=now, stuck_at=now)
    assert lateness.note_lateness() == 0


def test_pages_say_how_long_it_usually_takes(took: Any, project: Project, user: User, editor: Client) -> None:
    asset = rows.make_asset(project, user, status="dubbing", duration=60.0)
    assert "too few comparable videos" in editor.get(f"/assets/{asset.pk}/").content.decode()
    for minutes in range(1, 11):
        took(minutes * 60)
    page = editor.get(f"/assets/{asset.pk}/").content.decode()
    assert "comparable videos usually take 5–9 min" in page
    touch(asset, late_at=timezone.now(), stuck_at=timezone.now())
    page = editor.get(f"/assets/{asset.pk}/").content.decode()
    assert "far longer than usual" in page
    assert "Stuck" in page
    assert fresh(asset).is_stuck
