"""Limit how many long requests run at once: in total, per person, and per address.

Counted in this process; each further web process allows as many again. An idle request gives way to a new one, so that
paused players and slow uploads keep nobody out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest

from portal.addresses import client_address

IDLE = 2.0
"""Seconds without progress after which another request may take the place."""
WAIT = 1.0
"""Seconds to wait for a request that gives way."""


class Full(Exception):
    """There is no free place. ``yours``: because this person or this address uses all of theirs."""

    def __init__(self, *, yours: bool) -> None:
        super().__init__("no place is free")
        self.yours = yours


class Place:
    """An occupied place. ``idle_for``: seconds without progress; ``stop``: ends the request."""

    def __init__(
        self, places: Places, holders: tuple[Hashable, ...], idle_for: Callable[[], float], stop: Callable[[], None]
    ) -> None:
        self.holders, self.idle_for, self.stop = holders, idle_for, stop
        self._places, self.gave_way = places, False

    def leave(self) -> None:
        """Free the place; may be called repeatedly."""
        self._places.leave(self)


class Places:
    """The maximum number of places in total, per person and per address."""

    def __init__(self, total: int, *, person: int, address: int) -> None:
        self.total, self.person, self.address = total, person, address
        self._taken: dict[Place, None] = {}
        self._changed = threading.Condition()

    def take(self, request: HttpRequest, idle_for: Callable[[], float], stop: Callable[[], None]) -> Place:
        """Occupy a place. Raises Full if no request gives way."""
        place = Place(self, (_person(request), ("address", client_address(request))), idle_for, stop)
        until = time.monotonic() + WAIT
        with self._changed:
            while crowd := self._crowd_before(place):
                idle = max((other for other in crowd if not other.gave_way), key=_idle, default=None)
                if idle and _idle(idle) >= IDLE:
                    idle.gave_way = True
                    idle.stop()
                leaving = any(other.gave_way for other in crowd)
                if not leaving or not self._changed.wait(until - time.monotonic()):
                    raise Full(yours=len(crowd) < self.total)
            self._taken[place] = None
        return place

    def leave(self, place: Place) -> None:
        """Free the place."""
        with self._changed:
            if self._taken.pop(place, place) is None:
                self._changed.notify_all()

    @contextmanager
    def taken(self, request: HttpRequest, idle_for: Callable[[], float], stop: Callable[[], None]) -> Iterator[None]:
        """Occupy a place for the duration of the block. Raises Full."""
        place = self.take(request, idle_for, stop)
        try:
            yield
        finally:
            place.leave()

    def _crowd_before(self, place: Place) -> list[Place]:
        """The places of which one has to be freed first; empty if one is free."""
        for holder, most in zip(place.holders, (self.person, self.address), strict=True):
            same = [other for other in self._taken if holder in other.holders]
            if len(same) >= most:
                return same
        return list(self._taken) if len(self._taken) >= self.total else []


def _idle(place: Place) -> float:
    return place.idle_for()


def _person(request: HttpRequest) -> Hashable:
    """People who are not signed in are counted by address alone."""
    return ("person", request.user.pk or client_address(request))
