"""Wrong passwords lock a name from where they come from, for a while, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import axes
import pytest
import time_machine
from django.conf import settings as configured
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from tests.support.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db
DOORS = ("/sign-in/", "/admin/login/")
HERE, ELSEWHERE = "203.0.113.9", "198.51.100.1"


@pytest.fixture(autouse=True)
def _behind_one_proxy(settings: Settings) -> None:
    settings.PROXIES = 1
    make_user("nina", is_staff=True)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2030, 5, 1, 12, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def come_in(name: str = "nina", password: str = PASSWORD, *, by: str = HERE, door: str = "/sign-in/") -> HttpResponse:
    # The first hop is what the client says of itself.
    headers = {"X-Forwarded-For": f"{ELSEWHERE}, {by}"}
    return Client().post(door, {"username": name, "password": password}, headers=headers)  # type: ignore[return-value]


def fail(times: int, name: str = "nina", *, by: str = HERE, door: str = "/sign-in/") -> list[int]:
    return [come_in(name, "wrong", by=by, door=door).status_code for _ in range(times)]


@pytest.mark.parametrize("door", DOORS)
def test_five_wrong_passwords_lock_the_name_from_there_and_say_for_how_long(
    clock: time_machine.Traveller, door: str
) -> None:
    assert fail(5, door=door) == [200, 200, 200, 200, 429]
    clock.shift(timedelta(minutes=4, seconds=30))
    answer = come_in(door=door)
    assert (answer.status_code, answer["Retry-After"]) == (429, str(10 * 60 + 30))
    page = answer.content.decode()
    assert "Sign-in is temporarily locked" in page
    assert "Wait 11 minutes" in page
    assert "from your network" not in page


@pytest.mark.parametrize("door", DOORS)
def test_the_person_can_sign_in_from_elsewhere(door: str) -> None:
    fail(8, door=door)
    assert come_in(by=ELSEWHERE, door=door).status_code == 302


def test_another_name_is_not_locked_there() -> None:
    make_user("omar")
    fail(8)
    assert come_in("omar").status_code == 302


def test_failing_again_does_not_prolong_the_lock(clock: time_machine.Traveller) -> None:
    fail(5)
    for _ in range(14):
        clock.shift(timedelta(minutes=1))
        assert fail(3) == [429] * 3
    assert come_in()["Retry-After"] == "60"
    clock.shift(timedelta(minutes=1, seconds=1))
    assert come_in().status_code == 302


def test_another_browser_does_not_bypass_the_lock() -> None:
    for number in range(5):
        fields = {"username": "nina", "password": "wrong"}
        Client().post("/sign-in/", fields, headers={"X-Forwarded-For": HERE, "User-Agent": f"browser {number}"})
    assert come_in().status_code == 429


def test_a_correct_password_resets_the_count(clock: time_machine.Traveller) -> None:
    fail(4)
    assert come_in().status_code == 302
    assert fail(4) == [200] * 4
    assert come_in().status_code == 302


def test_old_failures_do_not_count(clock: time_machine.Traveller) -> None:
    fail(4)
    clock.shift(timedelta(minutes=15, seconds=1))
    assert fail(4) == [200] * 4


def test_very_many_failures_lock_their_address_whatever_names_were_tried(
    clock: time_machine.Traveller, settings: Settings
) -> None:
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 12
    for number in range(4):
        clock.shift(timedelta(minutes=1))
        fail(3, f"name {number}")
    answer = come_in()
    # The first three failed three minutes ago.
    assert (answer.status_code, answer["Retry-After"]) == (429, str(12 * 60))
    assert "from your network" in answer.content.decode()
    assert come_in(by=ELSEWHERE).status_code == 302
    fail(10, "name 9")
    clock.shift(timedelta(minutes=12, seconds=1))
    assert come_in().status_code == 302


def test_an_office_behind_one_address_has_more_than_one_try(settings: Settings) -> None:
    for number in range(8):
        fail(5, f"name {number}")
    assert come_in().status_code == 302


def test_every_setting_for_the_locks_is_one_that_exists() -> None:
    source = (Path(axes.__file__).parent / "conf.py").read_text()
    named = [name for name in dir(configured) if name.startswith("AXES_")]
    assert "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT" in named
    assert [name for name in named if f'"{name}"' not in source] == []
