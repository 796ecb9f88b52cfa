"""How many may do something at once: nobody keeps everybody else out, least of all by doing nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.test import RequestFactory

from portal.concurrency_limits import Full, Place, Places

Taking = Callable[..., Place]


def by(person: int, address: str = "") -> HttpRequest:
    request = RequestFactory().get("/", REMOTE_ADDR=address or f"10.0.0.{person}")
    request.user = User(pk=person) if person else AnonymousUser()
    return request


def busy(places: Places, request: HttpRequest) -> Place:
    """A place in which something goes on."""
    return places.take(request, lambda: 0.0, pytest.fail)


def idle(places: Places, request: HttpRequest, seconds: float = 9.0) -> list[Place]:
    """A place in which nothing goes on; it is left as soon as its holder is told to stop."""
    taken: list[Place] = []
    # As in the server: somebody else notices, a moment later.
    taken.append(places.take(request, lambda: seconds, lambda: threading.Timer(0.01, taken.pop().leave).start()))
    return taken


def test_a_person_has_a_maximum_of_places() -> None:
    places = Places(9, person=2, address=9)
    mine = [busy(places, by(1)) for _ in range(2)]
    with pytest.raises(Full) as full:
        busy(places, by(1))
    assert full.value.yours
    busy(places, by(2))
    mine[0].leave()
    mine[0].leave()  # twice is once
    busy(places, by(1))
    with pytest.raises(Full):
        busy(places, by(1))


def test_an_address_has_a_maximum_of_places() -> None:
    places = Places(9, person=9, address=2)
    for person in (1, 2):
        busy(places, by(person, "10.0.0.1"))
    with pytest.raises(Full):
        busy(places, by(3, "10.0.0.1"))
    busy(places, by(3, "10.0.0.2"))


def test_strangers_are_counted_by_their_address() -> None:
    places = Places(9, person=1, address=9)
    busy(places, by(0, "10.0.0.1"))
    with pytest.raises(Full):
        busy(places, by(0, "10.0.0.1"))
    busy(places, by(0, "10.0.0.2"))


def test_when_all_places_are_taken_no_caller_is_blamed() -> None:
    places = Places(2, person=2, address=2)
    for person in (1, 2):
        busy(places, by(person))
    with pytest.raises(Full) as full:
        busy(places, by(3))
    assert not full.value.yours


def test_an_idle_request_gives_way() -> None:
    places = Places(2, person=2, address=2)
    busy(places, by(1))
    lazy = idle(places, by(2))
    busy(places, by(3))
    assert lazy == []


def test_ones_own_request_gives_way_and_not_another_persons() -> None:
    places = Places(9, person=1, address=9)
    another, mine = idle(places, by(1), seconds=99), idle(places, by(2))
    busy(places, by(2))
    assert (len(another), len(mine)) == (1, 0)


def test_the_request_idle_for_longest_gives_way() -> None:
    places = Places(3, person=3, address=3)
    short, long, shorter = (idle(places, by(person), seconds) for person, seconds in ((1, 20), (2, 30), (3, 10)))
    busy(places, by(4))
    assert (len(short), len(long), len(shorter)) == (1, 0, 1)


def test_a_short_pause_does_not_give_way() -> None:
    places = Places(1, person=1, address=1)
    lazy = idle(places, by(1), seconds=0.5)
    with pytest.raises(Full):
        busy(places, by(2))
    assert len(lazy) == 1


def test_a_request_that_does_not_give_way_in_time_is_not_waited_for() -> None:
    places = Places(1, person=1, address=1)
    places.take(by(1), lambda: 9.0, lambda: None)
    with pytest.raises(Full):
        busy(places, by(2))


def test_a_place_is_free_however_the_block_ends() -> None:
    places = Places(1, person=1, address=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), places.taken(by(1), lambda: 0.0, lambda: None):
            1 / 0  # noqa: B018
