"""Somebody fails to sign in again and again, from many addresses; the person whose name they try comes in meanwhile."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db
OWN = "198.51.100.7"
# 10,000 take minutes of one processor, so they run when the environment sets CHAOS.
MANY = 10_000 if os.environ.get("CHAOS") else 1_000
LONG = (pytest.mark.long, pytest.mark.timeout(1200 if MANY == 10_000 else 360))


@pytest.mark.parametrize(
    ("failures", "addresses"), [(400, 20), pytest.param(MANY, 100, marks=LONG)], ids=["400", "many"]
)
def test_the_owner_comes_in_while_somebody_fails_from_many_addresses(
    settings: Settings, failures: int, addresses: int
) -> None:
    settings.PROXIES = 1
    make_user("owner")
    attacker, answers = Client(), Counter[int]()
    for number in range(failures):
        fields = {"username": "owner", "password": f"guess {number}"}
        hop = {"X-Forwarded-For": f"203.0.113.{number % addresses}"}
        answers[attacker.post("/sign-in/", fields, headers=hop).status_code] += 1
        if number % (failures // 4) == failures // 8:
            assert_comes_in()
    assert_comes_in()
    # Four wrong passwords from each address were looked at and answered as such, the fifth locked the name there.
    assert answers == {200: 4 * addresses, 429: failures - 4 * addresses}


def assert_comes_in() -> None:
    """The owner, with the right password, from where they always come from."""
    fields = {"username": "owner", "password": PASSWORD}
    browser = Client(headers={"X-Forwarded-For": OWN})
    assert browser.post("/sign-in/", fields).status_code == 302
    assert browser.get("/projects/").status_code == 200
