"""Renew the leases of this process while it lives. Leases can therefore be short, and the rows of a killed process are
soon free again.
"""

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
"""How long a row stays with a process that was killed or is suspended."""
BEAT_SECONDS = LEASE_SECONDS * 4 / 15
"""Three beats may be missed, in case the database is busy."""

Renew = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class _Watched:
    renew: Renew
    until: float


class Heartbeat:
    """Renews leases in a thread of its own, each for as long as somebody holds its token.

    A worker that ends in any way, even with an error, drops its token and thereby its row. A worker that hangs keeps
    the row for as long as it said that it might be silent.
    """

    def __init__(self, every: float = BEAT_SECONDS) -> None:
        """``every``: seconds between two beats."""
        self.every = every
        self._watched: WeakKeyDictionary[uuid.UUID, _Watched] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._running = False

    def watch(self, token: uuid.UUID, renew: Renew, *, seconds: float) -> None:
        """Renew this token's lease from now on, for at most ``seconds`` unless it is watched again.

        ``renew`` takes the seconds to renew for and returns whether the lease was still ours; it must not refer to
        this very token object.
        """
        with self._lock:
            self._watched[token] = _Watched(renew, time.monotonic() + seconds)
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def forget(self, token: uuid.UUID) -> None:
        """Let this lease expire."""
        with self._lock:
            self._watched.pop(token, None)

    def forget_all(self) -> None:
        """Let all leases expire, as if this process had been killed."""
        with self._lock:
            self._watched.clear()

    def beat(self) -> bool:
        """Renew every lease once. Return False if none is left to renew."""
        with self._lock:
            watched = list(self._watched.items())
        while watched:
            token, lease = watched.pop()
            if not _renewed(lease):
                self.forget(token)
            del token  # only the worker refers to it now
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
        # The database may be back, or the row free, at the next beat; until then the lease lasts a little longer.
        log.warning("could not renew a lease: %s", error)
        return True


heartbeat = Heartbeat()
