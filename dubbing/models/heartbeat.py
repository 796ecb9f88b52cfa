"""Keeping the leases of this process alive while it is, so that they may be short: a killed one frees its rows soon."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connections

log = logging.getLogger(__name__)

LEASE_SECONDS = settings.LEASE_SECONDS
"""How long a row stays with a process that was killed, or stands still."""
BEAT_SECONDS = LEASE_SECONDS * 4 / 15
"""Three beats may be missed, for a database that is busy."""

Renew = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class _Watched:
    renew: Renew
    until: float


class Heartbeat:
    """Renews leases in a thread of its own, each as long as somebody has its token in hand.

    A worker that ends in any way, with an error too, lets go of its token, and so of its row. One that hangs keeps it
    for as long as it said that it may be silent.
    """

    def __init__(self, every: float = BEAT_SECONDS) -> None:
        """``every``: seconds between two beats."""
        self.every = every
        self._watched: WeakKeyDictionary[uuid.UUID, _Watched] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._running = False

    def watch(self, token: uuid.UUID, renew: Renew, *, seconds: float) -> None:
        """Renew the lease of this token from now on, for so many seconds at most unless it is watched anew.

        ``renew`` takes the seconds for which to renew it, and says whether it was still ours; it must not refer to
        this very token.
        """
        with self._lock:
            self._watched[token] = _Watched(renew, time.monotonic() + seconds)
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def forget(self, token: uuid.UUID) -> None:
        """Let this lease end."""
        with self._lock:
            self._watched.pop(token, None)

    def forget_all(self) -> None:
        """Let them all end: as if this process had been killed."""
        with self._lock:
            self._watched.clear()

    def beat(self) -> bool:
        """Renew every lease once; False when there is none to renew the next time."""
        with self._lock:
            watched = list(self._watched.items())
        while watched:
            token, lease = watched.pop()
            if not _renewed(lease):
                self.forget(token)
            del token  # it is in the worker's hand alone again
        with self._lock:
            return bool(self._watched)

    def _run(self) -> None:
        while self._goes_on():
            time.sleep(self.every)
            self.beat()
            connections.close_all()

    def _goes_on(self) -> bool:
        with self._lock:
            self._running = bool(self._watched)
            return self._running


def _renewed(lease: _Watched) -> bool:
    left = lease.until - time.monotonic()
    try:
        return left > 0 and lease.renew(min(left, LEASE_SECONDS))
    except Exception as error:
        # The database may be back, or the row free, the next time; until then the lease holds for a little while.
        log.warning("could not renew a lease: %s", error)
        return True


heartbeat = Heartbeat()
