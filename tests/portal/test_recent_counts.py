"""What is counted for all processes, and what happens while the place where they count does not answer."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import caches
from pytest_django import Settings

from portal.recent_counts import Counts

OWN = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
REDIS = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
}


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


def test_another_process_continues_the_count(key: str) -> None:
    found = []
    for _ in range(4):
        caches["default"].clear()  # what one process alone remembers
        found.append(Counts().count(key, 60))
    assert found == [1, 2, 3, 4]


def test_after_a_while_the_count_restarts(key: str) -> None:
    with time_machine.travel(datetime(2030, 5, 1, 12, 0, tzinfo=UTC), tick=False) as clock:
        assert [Counts().count(key, 60) for _ in range(2)] == [1, 2]
        clock.shift(61)
        assert Counts().count(key, 60) == 1


def test_while_redis_does_not_answer_each_process_counts_separately(key: str, settings: Settings) -> None:
    settings.CACHES = {"default": OWN, "shared": REDIS | {"LOCATION": "redis://127.0.0.1:9/0"}}
    counts = Counts()
    assert [counts.count(key, 60) for _ in range(3)] == [1, 2, 3]


@pytest.mark.skipif(not os.environ.get("REQUIRE_SERVICES"), reason="make test-postgresql-redis runs this on Redis")
def test_a_real_redis_counts_for_all(key: str, settings: Settings) -> None:
    settings.CACHES = {"default": OWN, "shared": REDIS | {"LOCATION": os.environ["SERVICES_BROKER_URL"]}}
    for expected in (1, 2, 3):
        caches["default"].clear()
        assert Counts().count(key, 60) == expected
