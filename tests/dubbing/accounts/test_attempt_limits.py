"""Limits are counted in rows: exact, shared, and not forgotten before their time is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from dubbing.accounts.attempt_limits import Limit, forget_old
from dubbing.models import Attempt

pytestmark = pytest.mark.django_db
LIMIT = Limit("wrong passwords", 3, 900)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2030, 5, 1, 12, 1, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def test_attempts_are_allowed_up_to_the_limit_and_then_have_to_wait(clock: time_machine.Traveller) -> None:
    assert [LIMIT.count("nina") for _ in range(5)] == [0, 0, 0, 900, 900]
    clock.shift(timedelta(minutes=14, seconds=59))
    assert LIMIT.count("nina") == 1
    clock.shift(timedelta(seconds=1))
    assert [LIMIT.count("nina") for _ in range(4)] == [0, 0, 0, 900]


def test_asking_does_not_count() -> None:
    assert [LIMIT.wait("nina") for _ in range(5)] == [0] * 5
    waits = [(LIMIT.count("nina"), LIMIT.wait("nina")) for _ in range(4)]
    assert waits == [(0, 0), (0, 0), (0, 900), (900, 900)]


def test_each_person_and_each_kind_is_counted_separately() -> None:
    for _ in range(4):
        LIMIT.count("nina")
    assert (LIMIT.count("omar"), Limit("resets", 3, 900).count("nina")) == (0, 0)


def test_refused_attempts_are_no_longer_recorded() -> None:
    for _ in range(9):
        LIMIT.count("nina")
    assert Attempt.objects.get().count == 3


def test_a_name_of_any_length_is_counted() -> None:
    assert [LIMIT.count("x" * 5000) for _ in range(4)] == [0, 0, 0, 900]


def test_only_old_counts_are_deleted(clock: time_machine.Traveller) -> None:
    LIMIT.count("nina")
    clock.shift(timedelta(hours=23))
    LIMIT.count("omar")
    forget_old()
    assert Attempt.objects.count() == 2
    clock.shift(timedelta(hours=2))
    forget_old()
    assert Attempt.objects.get().who == "omar"
